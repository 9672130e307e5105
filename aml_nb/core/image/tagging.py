"""Tags and properties of an image, with what v1 prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.image import building
from aml_nb.core.model.register import dictionary
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from collections.abc import Callable

    from aml_nb.core.workspace import Workspace


class Tagging:
    """Changing tags and adding properties."""

    workspace: Workspace
    id: str
    name: str

    if TYPE_CHECKING:

        def _take(self, record: building.Payload) -> None: ...

    def update(self, tags: dict[str, str]) -> None:
        """Replace all tags.

        Parameters
        ----------
        tags : keys and values.
        """
        new = dictionary(tags, "tags")
        self._modify(lambda record: record.update(kvTags=new))

    def add_tags(self, tags: dict[str, str]) -> None:
        """Add tags; one whose key is there already is replaced, and that is told.

        Parameters
        ----------
        tags : keys and values.
        """
        new = dictionary(tags, "tags")
        said: list[str] = []

        def change(record: building.Payload) -> None:
            have = record["kvTags"]
            said[:] = [f"Replacing tag {key} -> {have[key]} with {key} -> {new[key]}" for key in new if key in have]
            record["kvTags"] = {**have, **new}

        self._modify(change)
        print(*said, "Image tag add operation complete.", sep="\n")

    def remove_tags(self, tags: list[str]) -> None:
        """Remove tags by their keys; a key that is not there is told.

        Parameters
        ----------
        tags : the keys.
        """
        keys = [tags] if isinstance(tags, str) else list(tags)
        said: list[str] = []

        def change(record: building.Payload) -> None:
            have = record["kvTags"]
            said[:] = [f"Tag with key {key} not found." for key in keys if key not in have]
            record["kvTags"] = {key: value for key, value in have.items() if key not in keys}

        self._modify(change)
        print(*said, "Image tag remove operation complete.", sep="\n")

    def add_properties(self, properties: dict[str, str]) -> None:
        """Add properties; one that is there already cannot change.

        Parameters
        ----------
        properties : keys and values.

        Raises
        ------
        WebserviceException
            A key is there already.
        """
        new = dictionary(properties, "properties")

        def change(record: building.Payload) -> None:
            if both := sorted(record["properties"].keys() & new.keys()):
                raise WebserviceException(
                    f"Error, properties are immutable: {', '.join(both)} is there already.",
                    hint="image.add_tags({...}): tags may change",
                )
            record["properties"].update(new)

        self._modify(change)
        print("Image properties add operation complete.")

    def _modify(self, change: Callable[[building.Payload], Any]) -> None:
        from aml_nb.core.image.listing import not_found

        def changed(record: building.Payload) -> building.Payload:
            change(record)
            return record

        try:
            self._take(building.records(self.workspace, building.IMAGE).modify(self.id, changed))
        except KeyError:
            raise not_found(self.workspace, self.name, self.id) from None
