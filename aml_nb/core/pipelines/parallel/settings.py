"""The settings of a parallel step, one check each; a value that stands for another later is checked by its default.

The same checks are made of what a published pipeline is called with, so that a run fails with the same words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, NoReturn

from aml_nb.errors import ArgumentError

APPEND_ROW, SUMMARY_ONLY = "append_row", "summary_only"
APPEND_ROW_FILE = "parallel_run_step.txt"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MOST = 2**31 - 1
DEFAULT_FILES, DEFAULT_BYTES = 10, 1024**2
_SIZE = re.compile(r"\d+([kKmMgG][bB])?", re.ASCII)
_UNITS = {"kb": 1024, "mb": 1024**2, "gb": 1024**3}


def refuse(name: str, wanted: str, value: Any, hint: str | None = None) -> NoReturn:
    """Raise v1's ValueError for a setting."""
    raise ArgumentError(f"The parameter {name} must be {wanted}, not {value!r}.", hint=hint)


def is_parameter(value: Any) -> bool:
    """Whether the value is a PipelineParameter, whose own value comes when the pipeline is submitted."""
    return hasattr(value, "default_value") and hasattr(value, "name")


def shown(value: Any) -> Any:
    """The value itself, or the default of a PipelineParameter."""
    return value.default_value if is_parameter(value) else value


def mini_batch_size(value: Any) -> int:
    """A number of files or bytes; text may have KB, MB or GB behind the number.

    Raises
    ------
    ArgumentError : it is something else.
    """
    hint = "mini_batch_size='10' (files), mini_batch_size='10KB' (of a table)"
    if isinstance(value, str):
        if not _SIZE.fullmatch(value.strip()):
            refuse("mini_batch_size", r"a number or text like '10', '10KB', '5MB' or '1GB'", value, hint)
        text = value.strip().lower()
        unit = _UNITS.get(text[-2:])
        number = int(text[:-2]) * unit if unit else int(text)
    elif isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
    else:
        refuse("mini_batch_size", "a number or text like '10' or '10KB'", value, hint)
    if number < 1:
        refuse("mini_batch_size", "1 or more", value, hint)
    return number


def whole(name: str, least: int, most: int = MOST) -> Callable[[Any], int]:
    """The check of a whole number from ``least`` to ``most``."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, Integral) or not least <= int(value) <= most:
            bounds = f"of {least} or more" if most == MOST else f"from {least} to {most}"
            refuse(name, f"a whole number {bounds}", value, f"{name}={max(least, 1)}")
        return int(value)

    return check


def percent(value: Any) -> float:
    """A number from 0 to 100."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= 100:
        refuse("allowed_failed_percent", "a number from 0 to 100", value, "allowed_failed_percent=5")
    return float(value) if not isinstance(value, int) else value


def level(value: Any) -> str:
    """The name of a level of ``logging``."""
    if not isinstance(value, str) or value.upper() not in LEVELS:
        refuse("logging_level", f"one of {', '.join(LEVELS[:3])}", value, "logging_level='INFO'")
    return value


def output_action(value: Any) -> str:
    """What becomes of what ``run`` returns."""
    if not isinstance(value, str) or value not in (APPEND_ROW, SUMMARY_ONLY):
        refuse("output_action", f"'{APPEND_ROW}' or '{SUMMARY_ONLY}'", value, f"output_action='{APPEND_ROW}'")
    return value


def file_name(value: Any) -> str:
    """The name of the file with the rows: a name, no path."""
    good = isinstance(value, str) and value.strip() and not re.search(r'[/\\:*?"<>|\x00-\x1f]', value)
    if not good or value in (".", ".."):
        refuse("append_row_file_name", "the name of a file, without a folder", value, "append_row_file_name='rows.txt'")
    return str(value)


def partition_keys(value: Any) -> list[str]:
    """Keys of the dataset's partitions."""
    good = isinstance(value, (list, tuple)) and value and all(isinstance(key, str) and key for key in value)
    if not good or len(set(value)) != len(value):
        refuse("partition_keys", "a list of the dataset's partition keys, each once", value, "partition_keys=['store']")
    return list(value)


def text(name: str) -> Callable[[Any], str]:
    """The check of a text that says something."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            refuse(name, "a text that is not empty", value)
        return value

    return check


def variables(value: Any) -> dict[str, Any]:
    """Environment variables: names and texts; a value may be a PipelineParameter."""
    good = isinstance(value, dict) and all(isinstance(name, str) and name for name in value)
    if not good:
        refuse("environment_variables", "a dictionary of names and values", value, "{'MODE': 'test'}")
    return dict(value)


CHECKS: dict[str, Callable[[Any], Any]] = {
    "mini_batch_size": mini_batch_size,
    "error_threshold": whole("error_threshold", -1),
    "allowed_failed_count": whole("allowed_failed_count", 0),
    "allowed_failed_percent": percent,
    "logging_level": level,
    "node_count": whole("node_count", 1),
    "process_count_per_node": whole("process_count_per_node", 1),
    "run_invocation_timeout": whole("run_invocation_timeout", 1),
    "run_max_try": whole("run_max_try", 1),
    "output_action": output_action,
    "append_row_file_name": file_name,
    "partition_keys": partition_keys,
}
"""The settings that go to the job, by name."""
VARIABLE = frozenset(CHECKS) - {"output_action", "append_row_file_name", "partition_keys"}
"""Those that a PipelineParameter may stand for."""
REQUIRED = ("error_threshold", "node_count", "output_action")


def checked(name: str, value: Any) -> Any:
    """The setting as the step keeps it; None stays where it may be left out.

    Raises
    ------
    ArgumentError : it cannot be right, or a PipelineParameter stands where none may.
    """
    if value is None and name not in REQUIRED:
        return None
    if is_parameter(value):
        if name not in VARIABLE:
            refuse(name, "known when the pipeline is made", value, "a value in place of the PipelineParameter")
        if value.default_value is not None:
            CHECKS[name](parsed(name, value.default_value))
        return value
    return CHECKS[name](value)


def parsed(name: str, value: Any) -> Any:
    """A value that comes as text (of a pipeline's parameter) as what the setting is."""
    if not isinstance(value, str) or name in ("mini_batch_size", "logging_level"):
        return value
    try:
        return float(value) if name == "allowed_failed_percent" else int(value)
    except ValueError:
        return value


def resolved(name: str, value: Any) -> Any:
    """A setting when the job starts, of what a parameter was given; ArgumentError when that cannot be right."""
    return None if value is None or value == "" else CHECKS[name](parsed(name, value))
