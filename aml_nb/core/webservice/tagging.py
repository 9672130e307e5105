"""Tags and properties of a web service in the cloud, with what v1 prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services
from aml_nb.core.webservice.naming import not_found
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Tagging:
    """Adding and removing tags and properties."""

    workspace: Workspace
    name: str
    tags: dict[str, str] | None
    properties: dict[str, str] | None
    _record: services.Payload

    def add_tags(self, tags: dict[str, str]) -> None:
        """Add tags; one whose key is there already is replaced, and that is told.

        Parameters
        ----------
        tags : keys and values.
        """
        check(tags, "tags")

        def change(record: services.Payload) -> None:
            have = dict(record.get("kvTags") or {})
            for key in tags.keys() & have.keys():
                print(f"Replacing tag {key} -> {have[key]} with {key} -> {tags[key]}")
            record["kvTags"] = {**have, **tags}

        self._modify(change)
        print("Image tag add operation complete.")

    def remove_tags(self, tags: list[str]) -> None:
        """Remove tags by their keys; a key that is not there is told.

        Parameters
        ----------
        tags : the keys.
        """

        def change(record: services.Payload) -> None:
            have = dict(record.get("kvTags") or {})
            for key in [tags] if isinstance(tags, str) else tags:
                if have.pop(key, None) is None:
                    print(f"Tag with key {key} not found.")
            record["kvTags"] = have

        self._modify(change)
        print("Image tag remove operation complete.")

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
        from aml_nb.core.webservice.update import merged_properties

        check(properties, "properties")

        def change(record: services.Payload) -> None:
            record["properties"] = merged_properties(record, properties)

        self._modify(change)
        print("Image properties add operation complete.")

    def _modify(self, change: Any) -> None:
        from aml_nb.core.webservice.update import at_once

        def changed(record: services.Payload) -> services.Payload:
            change(new := dict(record))
            return at_once(record, {key: new.get(key) for key in ("kvTags", "properties")})

        try:
            self._record = services.records(self.workspace).modify(self._record["handle"], changed)
        except KeyError:
            raise not_found(self.workspace, self.name) from None
        self.tags = self._record.get("kvTags")
        self.properties = self._record.get("properties")


def check(values: Any, what: str) -> None:
    if not isinstance(values, dict):
        raise WebserviceException(f"{what} must be a dictionary, not {values!r}.", hint="{'area': 'iris'}")
