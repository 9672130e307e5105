"""Whole numbers written as floats, which scikit-learn took before 1.1: ``max_depth=10.0``.

A script of v1's time reads ``--max-depth`` with ``type=float`` and hands it on. Only where scikit-learn would refuse
an estimator is it looked at; a number that is not whole is refused as ever.
"""

from __future__ import annotations

from functools import wraps
from numbers import Integral, Real
from typing import Any

# Before 1.2 trees check by themselves, and nothing says which of their parameters are whole numbers.
OF_TREES = ("max_depth", "max_leaf_nodes")


def mend_base(module: Any) -> None:
    """For ``sklearn.base`` since 1.2, which checks every estimator's parameters in one place."""
    base = module.BaseEstimator
    check = getattr(base, "_validate_params", None)
    if check is None or getattr(check, "aml_nb", False):
        return

    @wraps(check)
    def _validate_params(self: Any) -> None:
        try:
            check(self)
        except ValueError:
            if not _make_whole(self, _whole_numbers(self)):
                raise
            check(self)

    _validate_params.aml_nb = True  # type: ignore[attr-defined]
    base._validate_params = _validate_params


def mend_trees(module: Any) -> None:
    """For ``sklearn.tree._classes`` of 1.1, of which forests are made, too."""
    tree = module.BaseDecisionTree
    fit = tree.__dict__.get("fit")
    if fit is None or hasattr(tree, "_validate_params") or getattr(fit, "aml_nb", False):
        return

    @wraps(fit)
    def mended(self: Any, *arguments: Any, **named: Any) -> Any:
        _make_whole(self, OF_TREES)
        return fit(self, *arguments, **named)

    mended.aml_nb = True  # type: ignore[attr-defined]
    tree.fit = mended


def _whole_numbers(estimator: Any) -> list[str]:
    """The parameters that may be whole numbers and no floats."""
    found = []
    for name, allowed in getattr(estimator, "_parameter_constraints", {}).items():
        kinds = [getattr(one, "type", one) for one in allowed] if isinstance(allowed, list) else []
        if Integral in kinds and Real not in kinds and "no_validation" not in kinds:
            found.append(name)
    return found


def _make_whole(estimator: Any, names: Any) -> bool:
    """Replace whole floats among these parameters by the ints they mean; whether there was one."""
    mended = False
    for name in names:
        value = getattr(estimator, name, None)
        if isinstance(value, float) and value.is_integer():
            setattr(estimator, name, int(value))
            _say(type(estimator).__name__, name, value)
            mended = True
    return mended


_said: set[tuple[str, str]] = set()


def _say(estimator: str, name: str, value: float) -> None:
    import warnings

    if (estimator, name) in _said:
        return
    _said.add((estimator, name))
    warnings.warn(
        f"{estimator}({name}={value!r}): scikit-learn takes a whole number here since 1.1; aml_nb makes it one for "
        f"v1's scripts. Write {name}={int(value)}.",
        DeprecationWarning,
        stacklevel=4,
    )
