"""What the libraries of today say is what the rules look for."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.diagnosis.diagnosing import explain
from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.diagnosis.log import Request
from aml_nb.engines.base import ServiceSpec
from aml_nb.scoring.encode import encode
from aml_nb.scoring.script_errors import RunError, ScoringError


def tree() -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=1).fit([[0, 1, 2, 3], [3, 2, 1, 0]], [0, 1])


def named_tree() -> Any:
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier().fit(pd.DataFrame({"a": [1, 2], "b": [2, 1]}), [0, 1])


def logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit([[0], [1]], [0, 1])


def frame(**columns: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(columns)


def array(*values: Any) -> Any:
    import numpy as np

    return np.array(values)


CALLS: list[tuple[str, Callable[[], Any]]] = [
    ("wrong-features", lambda: tree().predict([[1, 2]])),
    ("wrong-features", lambda: tree().predict([1, 2, 3, 4])),
    ("wrong-features", lambda: tree().predict([["red", 1, 2, 3]])),
    ("wrong-features", lambda: logistic().predict([[float("nan")]])),
    ("wrong-features", lambda: named_tree().predict(frame(a=[1], c=[2]))),
    ("wrong-features", lambda: frame(a=[1])[["b"]]),
    ("wrong-features", lambda: frame(a=[1])[["a", "b"]]),
    ("wrong-features", lambda: array([1, 2], [3])),
    ("wrong-features", lambda: array(1.0, 2.0).dot(array(1.0, 2.0, 3.0))),
    ("bad-json", lambda: json.loads("")),
    ("bad-json", lambda: json.loads("{'data': 1}")),
    ("result-not-json", lambda: json.dumps(array(1)[0])),
    ("result-not-json", lambda: encode(array(1))),
    ("result-not-json", lambda: encode({"y": frame(a=[1])})),
    ("model-file", lambda: pickle.loads(b"version 1")),
    ("model-file", lambda: pickle.loads(b"")),
    ("model-file", lambda: pickle.loads(pickle.dumps([1, 2, 3])[:-2])),
    ("version-conflict", lambda: pickle.loads(b"\x80\x09.")),
    ("version-conflict", lambda: pickle.loads(b"\x80\x03csklearn.tree.tree\nTree\nq\x00.")),
    ("version-conflict", lambda: pickle.loads(b"\x80\x03csklearn.tree\n_Gone\nq\x00.")),
    ("custom-class", lambda: pickle.loads(b"\x80\x03c__main__\nOwnThing\nq\x00.")),
    ("run-raised", lambda: dict[str, int]()["nothing"]),
    ("run-raised", lambda: int("three")),
]


@pytest.mark.parametrize(("cause", "call"), CALLS, ids=[f"{n}-{cause}" for n, (cause, _) in enumerate(CALLS)])
@pytest.mark.filterwarnings("ignore")
def test_what_is_raised_today_is_known(cause: str, call: Callable[[], Any], tmp_path: Path) -> None:
    try:
        call()
    except ScoringError as error:
        said = error
    except Exception as error:
        said = RunError.wrap(error)
    told = f"Encountered Exception: {said.message}\n{said.traceback}"
    spec = ServiceSpec("iris", "iris", "ACI", str(tmp_path / "score.py"), "python")
    assert explain(Facts("iris", spec, request=Request("POST", "/score", 500, told=told))).cause == cause
