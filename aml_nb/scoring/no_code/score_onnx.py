"""The entry script of an ONNX model that is deployed without one.

{"data": [[5.1, 3.5, 1.4, 0.2]]}, or the inputs by their names, is answered with the outputs by their names.
"""

from __future__ import annotations

from typing import Any

from aml_nb.scoring.batching import merge_requests
from aml_nb.scoring.no_code import find_model, prepare
from aml_nb.scoring.no_code.onnx_model import OnnxModel

model: OnnxModel


def init() -> None:
    """Load the model."""
    global model
    model = OnnxModel.load(find_model("Onnx"))
    prepare(run, model)


@merge_requests
def run(requests: list[str]) -> list[Any]:
    """Answer the requests that have come, many of them by one call of the model where that is safe."""
    return model.score(requests)
