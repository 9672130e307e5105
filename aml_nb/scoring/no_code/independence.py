"""Whether an estimator answers each row as if it were alone, so that rows of several requests may go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

METHODS = frozenset({"predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples"})
"""Those that promise an answer for each row. What ``transform`` gives is for whoever calls it to combine."""

_PACKAGES = frozenset({"sklearn", "xgboost", "lightgbm", "catboost"})
_DEPENDENT = frozenset(
    {
        "DummyClassifier",  # draws its guesses in the rows' order
        "FunctionTransformer",  # a function of the user's sees all rows
        "IterativeImputer",  # may draw what is missing
        "MiniBatchNMF",  # stops when all rows together are near enough
        "NMF",
    }
)
_FOR_EACH = frozenset({"CountVectorizer", "HashingVectorizer", "TfidfVectorizer", "FeatureHasher"})
"""They call functions of the user's for each document."""


def rows_are_independent(estimator: Any) -> bool:
    """Whether ``estimator`` and all that it is made of are known to treat each row by itself."""
    return all(_known(part) for part in _parts(estimator, set()))


def _known(part: Any) -> bool:
    kind = type(part)
    if kind.__module__.partition(".")[0] not in _PACKAGES or kind.__name__ in _DEPENDENT:
        return False
    held = getattr(part, "__dict__", {}).values()
    return kind.__name__ in _FOR_EACH or not any(_own_function(value) for value in held)


def _own_function(value: Any) -> bool:
    """A parameter such as a kernel or a metric that is a function of the user's, which may look at all rows."""
    if not callable(value) or isinstance(value, type) or _is_estimator(value):
        return False
    module = getattr(value, "__module__", None) or type(value).__module__
    return module.partition(".")[0] not in _PACKAGES | {"numpy", "scipy"}


def _is_estimator(value: Any) -> bool:
    return not isinstance(value, type) and (hasattr(value, "get_params") or hasattr(value, "predict"))


def _parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """``value`` and the estimators that it holds."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        inner: Any = value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = value
    elif _is_object_array(value):
        inner = value.ravel().tolist()
    elif _is_estimator(value):
        yield value
        inner = getattr(value, "__dict__", {}).values()
    else:
        return
    for item in inner:
        if not isinstance(item, (str, int, float)):
            yield from _parts(item, seen)


def _is_object_array(value: Any) -> bool:
    """Gradient boosting keeps its trees in one."""
    return getattr(getattr(value, "dtype", None), "kind", "") == "O" and hasattr(value, "ravel")
