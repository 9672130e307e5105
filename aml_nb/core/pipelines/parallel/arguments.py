"""The arguments of a parallel step: the user's, and v1's own that an entry script sees as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aml_nb.errors import ArgumentError

RESERVED = (
    "mini_batch_size",
    "error_threshold",
    "allowed_failed_count",
    "allowed_failed_percent",
    "output",
    "output_action",
    "logging_level",
    "process_count_per_node",
    "run_invocation_timeout",
    "run_max_try",
    "append_row_file_name",
    "partition_keys",
)


def check(arguments: Iterable[Any] | None) -> None:
    """Refuse arguments that v1's own driver would take for its own.

    Raises
    ------
    ArgumentError : a ValueError: the first one is no option, or an option is one of the step's own.
    """
    given = list(arguments or ())
    if given and not (isinstance(given[0], str) and given[0].startswith("-")):
        raise ArgumentError(
            f"The arguments of a ParallelRunStep begin with an option, not with {given[0]!r}.",
            hint=f"arguments=['--name', {given[0]!r}]",
        )
    for value in given:
        name = value.lstrip("-").partition("=")[0] if isinstance(value, str) and value.startswith("--") else ""
        if name in RESERVED:
            raise ArgumentError(
                f"The argument {value!r} is one of the ParallelRunStep's own: {', '.join(RESERVED)}.",
                hint=f"'--my_{name}', or {name}=… of ParallelRunConfig",
            )


def whole(arguments: Iterable[str], settings: Mapping[str, Any], output: str | None) -> list[str]:
    """What stands in ``sys.argv`` behind the script: the step's settings, then the user's arguments, which win."""
    told = {**settings, "output": output}
    own = [(name, told.get(name)) for name in RESERVED if told.get(name) is not None]
    words = [word for name, value in own for word in (f"--{name}", _text(value))]
    return [*words, *arguments]


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
