"""Secrets of a datastore: attributes that are fetched when they are asked for and that no repr shows."""

from __future__ import annotations

from typing import Any


class _Values(dict[str, Any]):
    """The values; ``vars(datastore)`` shows only that they are there."""

    def __repr__(self) -> str:
        return "****"


class Hidden:
    """An attribute that holds a secret: what was set, else what the datastore's ``_secrets()`` has."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        values = _values(instance)
        if self._name not in values:
            load = vars(instance).get("_secrets")
            values.update(load() if load else {})
        return values.get(self._name)

    def __set__(self, instance: Any, value: Any) -> None:
        _values(instance)[self._name] = value


def fetch_by(instance: Any, load: Any) -> None:
    """Let ``load()``, which gives a dict, tell a datastore's secrets when one of them is asked for first."""
    instance.__dict__["_secrets"] = load
    _values(instance).clear()


def _values(instance: Any) -> _Values:
    values: _Values = instance.__dict__.setdefault("_hidden", _Values())
    return values
