"""The entry script of a scikit-learn model that is deployed without one.

{"data": [[5.1, 3.5, 1.4, 0.2]], "method": "predict"} is answered with {"predict": [0]}.
"""

from __future__ import annotations

from typing import Any

from aml_nb.scoring.batching import merge_requests
from aml_nb.scoring.no_code import find_model, prepare
from aml_nb.scoring.no_code.scikit_learn_model import ScikitLearnModel

model: ScikitLearnModel


def init() -> None:
    """Load the model."""
    global model
    model = ScikitLearnModel.load(find_model("ScikitLearn"))
    prepare(run, model)


@merge_requests
def run(requests: list[str]) -> list[Any]:
    """Answer the requests that have come, many of them by one call of the model where that is safe."""
    return model.score(requests)
