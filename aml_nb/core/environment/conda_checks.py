"""What CondaDependencies takes: files that can be read, strings that say something."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from aml_nb.errors import UserErrorException


def read(path: str) -> str:
    """The text of a specification's file; UserErrorException where it cannot be read."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserErrorException(
            f"The conda specification {os.fspath(path)!r} cannot be read: {reason}.",
            hint=f"it was looked for at {os.path.abspath(path)}",
            inner_exception=error,
        ) from None


def strings(values: Iterable[str] | None, what: str) -> Iterator[str]:
    """Each of a list of strings; UserErrorException where it is something else."""
    if isinstance(values, str):
        raise UserErrorException(f"{what} takes a list of strings.", hint=f"[{values!r}]")
    for value in values or ():
        yield string(value, what)


def string(value: Any, what: str) -> str:
    """The value, which must be a string that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise UserErrorException(f"{what} takes a string such as 'scikit-learn', not {value!r}.")
    return value


def is_option(requirement: str) -> bool:
    """Whether a line of the pip section is an option of pip."""
    return requirement.lstrip().startswith("-")


def option_name(option: str) -> str:
    """The option without its value."""
    return option.split()[0].split("=")[0]
