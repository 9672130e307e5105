"""What the parameter expressions mean: which are right, and the value that each gives for a point between 0 and 1.

A value is the inverse of the distribution's cumulative function, so that one source of points, random or evenly
spread, serves every distribution, and the same points give the same values anywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

from aml_nb.core.hyperdrive.error_definition import DistributionValidationFailure
from aml_nb.core.hyperdrive.refusals import refuse

Space = dict[str, list[Any]]
ARGUMENTS = {
    "choice": "options",
    "randint": "upper",
    "uniform": "min_value max_value",
    "quniform": "min_value max_value q",
    "loguniform": "min_value max_value",
    "qloguniform": "min_value max_value q",
    "normal": "mu sigma",
    "qnormal": "mu sigma q",
    "lognormal": "mu sigma",
    "qlognormal": "mu sigma q",
}
"""Every distribution with the names of its arguments."""
_LARGEST_EXPONENT = 700.0


def value(expression: Sequence[Any], point: float) -> Any:
    """The value at ``point`` (above 0, below 1) of the distribution's cumulative function."""
    name, arguments = expression
    return _VALUES[name](point, *arguments)


def _choice(point: float, options: list[Any]) -> Any:
    return options[min(int(point * len(options)), len(options) - 1)]


def _randint(point: float, upper: int) -> int:
    return min(int(point * upper), int(upper) - 1)


def _uniform(point: float, low: float, high: float) -> float:
    # Of two finite bounds the difference may not be finite, and rounding may leave the bounds.
    return float(min(max(low * (1 - point) + high * point, low), high))


def _quniform(point: float, low: float, high: float, q: float) -> float:
    return multiple(_uniform(point, low, high), q, low, high)


def _loguniform(point: float, low: float, high: float) -> float:
    return math.exp(_uniform(point, low, high))


def _qloguniform(point: float, low: float, high: float, q: float) -> float:
    return multiple(_loguniform(point, low, high), q, math.exp(low), math.exp(high))


def _normal(point: float, mu: float, sigma: float) -> float:
    return NormalDist(mu, sigma).inv_cdf(point)


def _qnormal(point: float, mu: float, sigma: float, q: float) -> float:
    return multiple(_normal(point, mu, sigma), q)


def _lognormal(point: float, mu: float, sigma: float) -> float:
    return math.exp(min(_normal(point, mu, sigma), _LARGEST_EXPONENT))


def _qlognormal(point: float, mu: float, sigma: float, q: float) -> float:
    return multiple(_lognormal(point, mu, sigma), q)


_VALUES: dict[str, Callable[..., Any]] = {
    "choice": _choice,
    "randint": _randint,
    "uniform": _uniform,
    "quniform": _quniform,
    "loguniform": _loguniform,
    "qloguniform": _qloguniform,
    "normal": _normal,
    "qnormal": _qnormal,
    "lognormal": _lognormal,
    "qlognormal": _qlognormal,
}


def multiple(number: float, q: float, low: float = -math.inf, high: float = math.inf) -> float:
    """The multiple of ``q`` that is nearest to ``number``, within the bounds where one lies between them.

    Multiples of a whole ``q`` are whole numbers, for scripts that read them with ``type=int``.
    """
    count = round(number / q)
    least, most = _first_multiple(low, q), -_first_multiple(-high, q)
    if least <= most:
        count = int(min(max(count, least), most))
    if isinstance(q, int):
        return count * q
    return float(f"{count * q:.12g}")  # 3 * 0.1 is 0.30000000000000004


def _first_multiple(low: float, q: float) -> float:
    """How many times ``q`` the least multiple is that is not below ``low``."""
    return math.ceil(low / q - 1e-9) if math.isfinite(low) else low


def size(space: Space) -> int | None:
    """How many combinations the space has; None where they cannot be counted."""
    total = 1
    for name, arguments in space.values():
        if name not in ("choice", "randint"):
            return None
        total *= len(different(arguments[0])) if name == "choice" else int(arguments[0])
    return total


def different(options: Sequence[Any]) -> list[Any]:
    """The options in their order, each once; 1, 1.0 and True are three."""
    return list({key(option): option for option in options}.values())


def key(value: Any) -> str:
    """A text that is the same for the same value."""
    return json.dumps(value, sort_keys=True)


def check(parameter: str, expression: Any, allowed: Sequence[str], sampling: str) -> None:
    """Raise v1's error unless the expression is a right one that this way of sampling can draw from.

    Raises
    ------
    HyperDriveConfigException : it is not; the message names the parameter and what is wrong.
    """
    named = isinstance(expression, (list, tuple)) and len(expression) == 2 and isinstance(expression[0], str)
    if not named or expression[0] not in ARGUMENTS or not isinstance(expression[1], (list, tuple)):
        _refuse(parameter, f"{expression!r} is no parameter expression", f"{{{parameter!r}: choice(0.1, 1.0)}}")
    name, arguments = expression
    if name not in allowed:
        _refuse(
            parameter,
            f"{sampling} sampling draws from {', '.join(allowed)}, not from {name}",
            "choice(…) with the values to try" if allowed == ("choice",) else f"one of {', '.join(allowed)}",
        )
    wanted = ARGUMENTS[name].split()
    if len(arguments) != len(wanted):
        _refuse(parameter, f"{name} takes {', '.join(wanted)}", f"{name}({', '.join(wanted)})")
    trouble = (
        _choice_trouble(*arguments) if name == "choice" else _trouble(name, dict(zip(wanted, arguments, strict=True)))
    )
    if trouble:
        _refuse(parameter, trouble, None)


def _refuse(parameter: str, why: str, hint: str | None) -> None:
    refuse(DistributionValidationFailure, err=f"{parameter}: {why}", hint=hint)


def _choice_trouble(options: Any) -> str | None:
    if not isinstance(options, (list, tuple)) or not options:
        return "choice has nothing to choose from"
    for option in options:
        try:
            json.dumps(option, allow_nan=False)
        except (TypeError, ValueError):
            return f"choice takes text, numbers, True, False, None and lists of these, not {option!r}"
    return None


def _trouble(name: str, arguments: dict[str, Any]) -> str | None:
    """What is wrong with a distribution's numbers, if anything."""
    for argument, number in arguments.items():
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not math.isfinite(number):
            return f"{name}'s {argument} must be a number, not {number!r}"
    return _bounds_trouble(name, arguments) or _exponent_trouble(name, arguments)


def _bounds_trouble(name: str, arguments: dict[str, Any]) -> str | None:
    if "upper" in arguments and (arguments["upper"] < 1 or arguments["upper"] != int(arguments["upper"])):
        return f"randint's upper must be a whole number of at least 1, not {arguments['upper']}"
    if "min_value" in arguments and arguments["min_value"] > arguments["max_value"]:
        return f"{name}'s min_value {arguments['min_value']} is above its max_value {arguments['max_value']}"
    for argument in ("q", "sigma"):
        if argument in arguments and arguments[argument] <= 0:
            return f"{name}'s {argument} must be above 0, not {arguments[argument]}"
    return None


def _exponent_trouble(name: str, arguments: dict[str, Any]) -> str | None:
    if "log" not in name:
        return None
    top = arguments.get("max_value", arguments.get("mu"))
    assert top is not None
    if top > _LARGEST_EXPONENT:
        return f"{name} takes logarithms: e to the power of {top} is too large a number"
    return None
