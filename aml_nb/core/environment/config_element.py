"""The base of v1's configuration objects: fixed attributes, and a camelCase JSON form."""

from __future__ import annotations

import difflib
import enum
from typing import Any, ClassVar

from aml_nb.errors import UserErrorException


class UnknownAttributeError(UserErrorException, AttributeError):
    """A configuration object has no attribute of that name; the message offers the closest ones."""

    def __str__(self) -> str:
        return self.message


class ConfigElement:
    """Refuses attributes that its constructor did not make, so that a slip of the pen is found at once.

    ``_fields`` names what is written to JSON, in order; a field ``x`` may be kept as ``_x``.
    """

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self._freeze()

    def _freeze(self) -> None:
        object.__setattr__(self, "_initialized", True)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_initialized" in self.__dict__ and not hasattr(self, name):
            raise self._unknown(name)
        super().__setattr__(name, value)

    def _unknown(self, name: str) -> UnknownAttributeError:
        near = difflib.get_close_matches(name, self._public_names(), n=3, cutoff=0.5)
        offer = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        return UnknownAttributeError(
            f"{type(self).__name__} has no attribute {name!r}.{offer}",
            hint=f"one of: {', '.join(self._public_names())}",
        )

    def _public_names(self) -> list[str]:
        names = {n for n in self.__dict__ if n[0] != "_"} | set(self._fields)
        return sorted(names)

    def _to_json(self) -> dict[str, Any]:
        """The object as v1 writes it: camelCase keys, plain values."""
        return {camel(name): plain(self._field(name)) for name in self._fields}

    def _field(self, name: str) -> Any:
        return getattr(self, f"_{name}" if f"_{name}" in self.__dict__ else name)

    def _put(self, name: str, value: Any) -> None:
        object.__setattr__(self, f"_{name}" if f"_{name}" in self.__dict__ else name, value)

    def _fill(self, payload: dict[str, Any] | None) -> None:
        """Take what ``payload`` has for the plain fields; sections are filled by their owners."""
        for name in self._fields:
            value = self._field(name)
            given = (payload or {}).get(camel(name), value)
            if isinstance(value, ConfigElement) and (given is None or isinstance(given, dict)):
                value._fill(given)
            else:
                self._put(name, given)


def camel(name: str) -> str:
    """``base_image`` as ``baseImage``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def plain(value: Any) -> Any:
    """A value that ``json.dumps`` takes."""
    if isinstance(value, ConfigElement):
        return value._to_json()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value
