"""The expressions that a hyperparameter's values are drawn from, in v1's form: a name and a list of arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aml_nb.core.hyperdrive.error_definition import MissingChoiceValues
from aml_nb.core.hyperdrive.refusals import refuse

__all__ = [
    "choice",
    "lognormal",
    "loguniform",
    "normal",
    "qlognormal",
    "qloguniform",
    "qnormal",
    "quniform",
    "randint",
    "uniform",
]
Expression = list[Any]


def choice(*options: Any) -> Expression:
    """One of the options; they may stand alone or in one list, tuple, range or array.

    Raises
    ------
    HyperDriveConfigException : nothing to choose from.
    """
    listed = _options(options[0]) if len(options) == 1 else list(options)
    if not listed:
        refuse(MissingChoiceValues, hint="choice(0.01, 0.1, 1.0)")
    return ["choice", [[plain(option) for option in listed]]]


def _options(option: Any) -> list[Any]:
    """The options in a single argument, which may be one option itself."""
    if isinstance(option, (str, bytes, dict)) or not isinstance(option, Iterable):
        return [option]
    return list(option)


def plain(value: Any) -> Any:
    """The value as JSON can hold it: NumPy's numbers and arrays become Python's."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def randint(upper: int) -> Expression:
    """A whole number from 0 up to, and without, ``upper``."""
    return ["randint", [plain(upper)]]


def uniform(min_value: float, max_value: float) -> Expression:
    """A number between the bounds, each as likely as any other."""
    return ["uniform", [plain(min_value), plain(max_value)]]


def quniform(min_value: float, max_value: float, q: float) -> Expression:
    """A multiple of ``q`` between the bounds: ``round(uniform(min_value, max_value) / q) * q``."""
    return ["quniform", [plain(min_value), plain(max_value), plain(q)]]


def loguniform(min_value: float, max_value: float) -> Expression:
    """A positive number whose natural logarithm lies between the bounds: ``exp(uniform(min_value, max_value))``."""
    return ["loguniform", [plain(min_value), plain(max_value)]]


def qloguniform(min_value: float, max_value: float, q: float) -> Expression:
    """A multiple of ``q``: ``round(exp(uniform(min_value, max_value)) / q) * q``."""
    return ["qloguniform", [plain(min_value), plain(max_value), plain(q)]]


def normal(mu: float, sigma: float) -> Expression:
    """A number around ``mu`` with the standard deviation ``sigma``."""
    return ["normal", [plain(mu), plain(sigma)]]


def qnormal(mu: float, sigma: float, q: float) -> Expression:
    """A multiple of ``q``: ``round(normal(mu, sigma) / q) * q``."""
    return ["qnormal", [plain(mu), plain(sigma), plain(q)]]


def lognormal(mu: float, sigma: float) -> Expression:
    """A positive number whose natural logarithm is normally distributed: ``exp(normal(mu, sigma))``."""
    return ["lognormal", [plain(mu), plain(sigma)]]


def qlognormal(mu: float, sigma: float, q: float) -> Expression:
    """A multiple of ``q``: ``round(exp(normal(mu, sigma)) / q) * q``."""
    return ["qlognormal", [plain(mu), plain(sigma), plain(q)]]
