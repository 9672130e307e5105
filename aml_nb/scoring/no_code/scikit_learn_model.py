"""A scikit-learn model that answers requests: many at once, by one call of its method where that is safe."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from aml_nb.errors import UserErrorException
from aml_nb.scoring.no_code.independence import METHODS, rows_are_independent
from aml_nb.scoring.no_code.rows import Layout, Question, Table, Texts, combined, frame, numbers, question
from aml_nb.scoring.no_code.schemas import Schemas, row_schemas
from aml_nb.scoring.script_errors import InputError

log = logging.getLogger("azmlinfsrv")

_METHODS = ("predict_proba", "predict", "predict_log_proba", "decision_function", "score_samples", "transform")
"""What a request may ask for; v1 takes the first that the model has where a request does not say."""

_REFUSALS = (ValueError, TypeError, KeyError, IndexError, OverflowError)
"""What estimators raise about rows that they do not take."""

Waiting = list[tuple[int, Question]]


class ScikitLearnModel:
    """An estimator that was loaded.

    Attributes
    ----------
    mergeable : whether rows of several requests may be scored together.
    """

    def __init__(self, estimator: Any) -> None:
        self._methods: dict[str, Callable[[Any], Any]] = {
            name: getattr(estimator, name) for name in _METHODS if hasattr(estimator, name)
        }
        if not self._methods:
            raise UserErrorException(
                f"The model's file holds {type(estimator).__name__}, which has none of {', '.join(_METHODS)}",
                hint="joblib.dump(estimator, 'model.pkl'), or an entry script of your own: "
                "InferenceConfig(entry_script='score.py')",
            )
        self._default = next(iter(self._methods))
        self._title = type(estimator).__name__
        self._layout = _layout(estimator)
        self.mergeable = rows_are_independent(estimator)

    @classmethod
    def load(cls, path: str) -> ScikitLearnModel:
        """Read a file that joblib or pickle wrote."""
        model = cls(_read(path))
        how = "are scored together" if model.mergeable else "are scored one by one: its rows may depend on each other"
        log.info("%s answers %s; requests that wait %s.", model._title, ", ".join(model._methods), how)
        return model

    def schemas(self) -> Schemas:
        """What the service takes and returns, for its description."""
        return row_schemas(self._layout, tuple(self._methods), self._default, self.score)

    def score(self, texts: Sequence[str]) -> list[Any]:
        """An answer for each request, or the error that it alone meets with."""
        answers: list[Any] = [None] * len(texts)
        waiting: dict[str, Waiting] = defaultdict(list)
        for place, text in enumerate(texts):
            try:
                asked = question(text)
                waiting[self._method(asked.method)].append((place, asked))
            except InputError as error:
                answers[place] = error
        for method, requests in waiting.items():
            if method in METHODS or len(requests) == 1:
                self._answer(method, requests, answers)
            else:
                for request in requests:
                    self._answer(method, [request], answers)
        return answers

    def _method(self, asked: Any) -> str:
        if asked is None:
            return self._default
        if not isinstance(asked, str) or asked not in self._methods:
            raise InputError(f"'method' is {asked!r}; {self._title} has {', '.join(self._methods)}.")
        return asked

    def _answer(self, method: str, requests: Waiting, answers: list[Any]) -> None:
        """Answer requests for one method: all at once where they hold plain numbers, else by what they hold."""
        if all(asked.names is None for _, asked in requests):
            table = numbers([row for _, asked in requests for row in asked.rows], self._layout.width)
            if table is not None and self._together(method, requests, table, answers):
                return
        kinds: dict[Any, list[tuple[int, Table | Texts]]] = defaultdict(list)
        for place, asked in requests:
            try:
                rows = self._layout.table(asked)
                kinds[rows.kind].append((place, rows))
            except InputError as error:
                answers[place] = error
        for tables in kinds.values():
            self._by_kind(method, tables, answers)

    def _together(self, method: str, requests: Waiting, table: Any, answers: list[Any]) -> bool:
        """Score plain numbers in one call; False where that failed, which a single row may be to blame for."""
        names = self._layout.names
        try:
            result = self._methods[method](table if names is None else frame(table, names))
            parts = _split(result, [len(asked.rows) for _, asked in requests])
        except Exception:
            return False
        for (place, _), part in zip(requests, parts, strict=True):
            answers[place] = {method: part}
        return True

    def _by_kind(self, method: str, tables: list[tuple[int, Table | Texts]], answers: list[Any]) -> None:
        """Score tables of one kind: together, and one by one where that fails."""
        try:
            result = self._methods[method](combined([rows for _, rows in tables]))
            parts = _split(result, [rows.count for _, rows in tables])
        except Exception as error:
            if len(tables) == 1:
                answers[tables[0][0]] = self._refusal(method, error)
                return
            for one in tables:
                self._by_kind(method, [one], answers)
            return
        for (place, _), part in zip(tables, parts, strict=True):
            answers[place] = {method: part}

    def _refusal(self, method: str, error: Exception) -> Exception:
        """What an estimator raised about its rows is for the caller to mend; anything else is not."""
        if isinstance(error, _REFUSALS) and not isinstance(error, AttributeError):  # as NotFittedError is
            told = str(error).strip().partition("\n")[0][:1000].rstrip(".")
            return InputError(
                f"{method}() of {self._title} refused the rows: {type(error).__name__}: {told}. "
                f"{self._layout.expected()}"
            )
        return error


def _read(path: str) -> Any:
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:
        missing = isinstance(error, (ImportError, AttributeError))  # of a module, or of a class in __main__
        why = "needs code that is not in the service" if missing else "is none that joblib or pickle can read"
        hint = "joblib.dump(estimator, 'model.pkl') where it was trained, with the same scikit-learn"
        if missing:
            hint = (
                "put the code beside a script of your own: InferenceConfig(source_directory='service', "
                "entry_script='score.py', environment=environment)"
            )
        raise UserErrorException(
            f"The model's file {why}: {type(error).__name__}: {str(error)[:1000]}", hint=hint
        ) from error


def _layout(estimator: Any) -> Layout:
    names = getattr(estimator, "feature_names_in_", None)
    width = getattr(estimator, "n_features_in_", None)
    names = None if names is None else [str(name) for name in names]
    return Layout(names, len(names) if width is None and names is not None else width)


def _split(result: Any, counts: Sequence[int]) -> list[Any]:
    """Each request's part of what a method returned, as JSON holds it."""
    if isinstance(result, list) and result and hasattr(result[0], "tolist"):
        several = [_split(output, counts) for output in result]  # one array an output of the model
        return [list(parts) for parts in zip(*several, strict=True)]
    values = _plain(result)
    if len(counts) == 1:
        return [values]
    if len(values) != sum(counts):
        raise ValueError(f"{len(values)} answers for {sum(counts)} rows")
    parts, start = [], 0
    for count in counts:
        parts.append(values[start : start + count])
        start += count
    return parts


def _plain(result: Any) -> Any:
    """Arrays, sparse ones and frames as lists."""
    if hasattr(result, "toarray"):
        result = result.toarray()
    elif hasattr(result, "to_numpy"):
        result = result.to_numpy()
    return result.tolist() if hasattr(result, "tolist") else list(result)
