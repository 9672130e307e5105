"""Tags, properties, names and descriptions of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord


class Tagging:
    """What of a run may be changed by hand."""

    if TYPE_CHECKING:

        def _look(self) -> RunRecord: ...

        def _change(self, function: Callable[[dict[str, Any]], None]) -> RunRecord: ...

    @property
    def display_name(self) -> str:
        """The name that is shown; its id unless it was given one."""
        record = self._look()
        return record.display_name or record.run_id

    @display_name.setter
    def display_name(self, value: str) -> None:
        self._change(lambda fields: fields.update(display_name=str(value)))

    @property
    def description(self) -> str | None:
        """What the run is about."""
        return self._look().description

    @description.setter
    def description(self, value: str | None) -> None:
        self._change(lambda fields: fields.update(description=None if value is None else str(value)))

    @property
    def tags(self) -> dict[str, Any]:
        """A copy of the tags."""
        return dict(self._look().tags)

    @property
    def properties(self) -> dict[str, Any]:
        """A copy of the properties."""
        return dict(self._look().properties)

    def get_tags(self) -> dict[str, Any]:
        """The tags as they are now."""
        return self.tags

    def get_properties(self) -> dict[str, Any]:
        """The properties as they are now."""
        return self.properties

    def tag(self, key: str, value: str | None = None) -> None:
        """Add a tag, or change its value.

        Parameters
        ----------
        key : of the tag.
        value : a text; anything else is kept as its JSON.
        """
        self.set_tags({key: value})

    def set_tags(self, tags: dict[str, Any] | str) -> None:
        """Add tags, or change their values.

        Parameters
        ----------
        tags : keys and values; a text is a tag without a value.

        Raises
        ------
        UserErrorException : ``tags`` is no dictionary.
        """
        new = clean({tags: None} if isinstance(tags, str) else tags, "tags")
        self._change(lambda fields: fields["tags"].update(new))

    def remove_tags(self, tags: Iterable[str]) -> dict[str, Any]:
        """Remove tags by their keys; one that is not there is passed over.

        Parameters
        ----------
        tags : the keys.
        """
        keys = [tags] if isinstance(tags, str) else list(tags)

        def change(fields: dict[str, Any]) -> None:
            for key in keys:
                fields["tags"].pop(key, None)

        return dict(self._change(change).tags)

    def add_properties(self, properties: dict[str, Any]) -> None:
        """Add properties; one that is there cannot be changed.

        Parameters
        ----------
        properties : keys and values.

        Raises
        ------
        UserErrorException : a key is there already, with another value.
        """
        new = clean(properties, "properties")

        def change(fields: dict[str, Any]) -> None:
            have = fields["properties"]
            for key in new.keys() & have.keys():
                if have[key] != new[key]:
                    raise UserErrorException(
                        f"The property {key!r} is {have[key]!r} and cannot be changed: properties are immutable.",
                        hint=f"run.tag({key!r}, {new[key]!r}): a tag can be changed",
                    )
            have.update(new)

        self._change(change)


def clean(given: Any, what: str) -> dict[str, str | None]:
    """Tags or properties as they are kept: texts."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise UserErrorException(f"{what} must be a dictionary, not {given!r}.", hint=f"{what}={{'area': 'iris'}}")
    return {str(key): _text(value) for key, value in given.items()}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)
