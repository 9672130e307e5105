"""A run's hyperparameters as arguments of its script."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aml_nb.core.hyperdrive.generators import Point


def option(name: str) -> str:
    """The option of a hyperparameter: its name, with two dashes unless it has one of its own."""
    return name if name.startswith("-") else f"--{name}"


def of(point: Point) -> list[str]:
    """Options and values, for a script that reads them with argparse; lists and dictionaries are given as JSON."""
    return [text for name, value in point.items() for text in (option(name), _text(value))]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def without(arguments: list[Any], names: Iterable[str]) -> tuple[list[Any], list[str]]:
    """The arguments without the options of hyperparameters and their values, and the options that were there.

    The search gives them another value for each run; a script that got both would take either.
    """
    options = {option(name) for name in names}
    kept: list[Any] = []
    dropped: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, _ = argument.partition("=") if isinstance(argument, str) else (None, "", "")
        if name not in options:
            kept.append(argument)
            continue
        dropped.append(str(name))
        if not equals:
            next(rest, None)
    return kept, dropped
