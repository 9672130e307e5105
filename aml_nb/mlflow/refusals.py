"""What MLflow keeps and a workspace does not: traces, assessments, evaluation datasets, scorers…"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mlflow.store.tracking.abstract_store import AbstractStore

from aml_nb.mlflow.errors import not_kept

_INSTEAD = "mlflow.set_tracking_uri('sqlite:///mlflow.db') keeps them in a file."


class Refusals:
    """Methods that say so in words: those of AbstractStore that are about a subject of these."""


def _refusing(name: str, subject: str) -> Callable[..., Any]:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        not_kept(subject, _INSTEAD)

    refuse.__name__ = name
    refuse.__doc__ = f"Not available: a workspace keeps no {subject}."
    return refuse


def refuse_the_rest(cls: type) -> None:
    """Have a store refuse what a newer MLflow's stores have to have and we do not know of."""
    for name, member in inspect.getmembers(AbstractStore, inspect.isfunction):
        if getattr(member, "__isabstractmethod__", False) and getattr(cls, name) is member:
            setattr(cls, name, _refusing(name, name.replace("_", " ")))


_SUBJECTS = {
    "trace": "traces",
    "span": "traces",
    "assessment": "assessments of traces",
    "completed_sessions": "traces",
    "issue": "issues",
    "dataset": "evaluation datasets",
    "scorer": "scorers",
    "scoring": "scorers",
    "label_schema": "label schemas",
    "review_queue": "review queues",
    "user_queue": "review queues",
}
for _name, _member in inspect.getmembers(AbstractStore, inspect.isfunction):
    _subject = next((words for part, words in _SUBJECTS.items() if part in _name), None)
    if _subject is not None and not _name.startswith("_") and not inspect.iscoroutinefunction(_member):
        setattr(Refusals, _name, _refusing(_name, _subject))
