"""How HyperDrive says that a configuration cannot be right."""

from __future__ import annotations

from numbers import Integral
from typing import Any, NoReturn

from aml_nb.core.hyperdrive.error_definition import ErrorDefinition, InvalidConfigSetting, InvalidType
from aml_nb.core.hyperdrive.exceptions import HyperDriveConfigException


def refuse(definition: type[ErrorDefinition], *, hint: str | None = None, **facts: Any) -> NoReturn:
    """Raise the configuration error of that definition; its text is made of ``facts``."""
    error = definition()
    error.validate(**facts)
    told = {key: str(value) for key, value in facts.items()}
    raise HyperDriveConfigException(
        error.get_stripped_message_format().format(**told),
        hint=hint,
        target=told.get("obj"),
        message_format=error.get_stripped_message_format(),
        message_parameters=told,
        reference_code=error.code,
    )


def expects(name: str, condition: str, *, hint: str | None = None) -> NoReturn:
    """Raise: the setting ``name`` must fulfil ``condition``."""
    refuse(InvalidConfigSetting, obj=name, condition=condition, hint=hint)


def check_type(name: str, value: object, wanted: type | tuple[type, ...], words: str | None = None) -> None:
    """Raise v1's error where ``value`` is of no wanted type; True and False are no numbers here."""
    types = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(value, types) and not (isinstance(value, bool) and bool not in types):
        return
    expected = words or " or ".join(t.__name__ for t in types)
    refuse(InvalidType, exp=expected, obj=name, actual=type(value).__name__)


def check_count(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise v1's error where ``value`` is no whole number within the bounds."""
    check_type(name, value, Integral, "int")
    count = int(value)  # type: ignore[call-overload]
    if count < least:
        expects(name, f"a number of at least {least}, got {count}")
    if most is not None and count > most:
        expects(name, f"a number of at most {most}, got {count}")
