"""The best pipeline is tried on rows that nothing was learnt from, where such were given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib

from aml_nb.core.automl import outputs, trial
from aml_nb.core.automl.constants import Tasks
from aml_nb.core.automl.loading import Table
from aml_nb.core.automl.preparing import FACTS
from aml_nb.core.runs import kinds
from aml_nb.core.runs.files import RunFiles

RUN_TYPE = "automl.model_test"
PREDICTIONS = "predictions/predictions.csv"


def run(parent: Any, number: int, test: Table, folder: Path) -> Any:
    """A child of the best iteration's run that has the metrics, and each row's prediction, of the test."""
    from aml_nb.core.runs.run import Run

    best = Run.get(parent.experiment.workspace, f"{parent.id}_{number}")
    record = replace(best._child_record(None, f"{best.id}_test", None), run_type=RUN_TYPE)
    child = kinds.make(parent.experiment, parent._records.create(record))
    facts = joblib.load(folder / FACTS)
    model = joblib.load(trial.place(folder, number) / outputs.MODEL)
    guess = trial.predicted(model, test.X, facts)
    if test.y is not None:
        for name, value in sorted(trial.judge(facts, test.y, guess, test.weights).items()):
            child.log(name, value)
    predicted = model.predict(test.X)
    place = folder / "test"
    (place / "predictions").mkdir(parents=True, exist_ok=True)
    _table(test, predicted, guess, facts).to_csv(place / PREDICTIONS, index=False)
    RunFiles(parent.experiment.workspace, child.id).collect([("", place)])
    child._change(
        lambda fields: fields["properties"].update(runTemplate="automl_child", tested=json.dumps(len(test.X)))
    )
    child.complete()
    return child


def _table(test: Table, predicted: Any, guess: Any, facts: dict[str, Any]) -> Any:
    import pandas as pd

    columns: dict[str, Any] = {"predicted": predicted}
    if test.y is not None:
        columns = {"label": test.y, **columns}
    if facts["task"] == Tasks.CLASSIFICATION:
        columns |= {f"probability_{name}": guess[:, n] for n, name in enumerate(facts["classes"].tolist())}
    return pd.DataFrame(columns)
