"""The definition of a dataset: where its data lies, how it is read and what is done with it. It is JSON, not data.

``Source``      one path as the user gave it: on a datastore, an address, or a path of this machine.
``Definition``  sources, how they are read, and the operations in the order in which they were asked for.
``expand``      the files that a definition means now.

Operations are dictionaries whose ``do`` names them. Both kinds of dataset have ``{"do": "take", "count": 3}``,
``{"do": "skip", "count": 3}``, ``{"do": "sample", "probability": 0.1, "seed": 7}``,
``{"do": "split", "fraction": 0.8, "seed": 7, "part": 0}`` (part 1 is the rest) and
``{"do": "filter", "expression": {…}}`` (``expressions.py``); tabular ones have more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.addresses import public

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.workspace import Workspace

FILE = "file"
TABULAR = "tabular"


@dataclass(frozen=True)
class Source:
    """One path of a dataset; it may have ``*``, ``**`` and ``?`` in it, and name a folder.

    Parameters
    ----------
    path : relative to the datastore, an address (``https://…``), or an absolute path of this machine.
    datastore : the datastore's name; None for the other two.
    workspace : whose datastore it is, as ``subscription/group/name``.
    """

    path: str
    datastore: str | None = None
    workspace: str | None = None

    @property
    def shown(self) -> str:
        """As an error names it."""
        return f"{self.path!r} of the datastore {self.datastore}" if self.datastore else repr(self.public)

    @property
    def public(self) -> str:
        """The path; of an address what may be shown."""
        return public(self.path) if "://" in self.path else self.path


@dataclass(frozen=True)
class Definition:
    """What a dataset is.

    Parameters
    ----------
    kind : ``FILE`` or ``TABULAR``.
    sources : the paths.
    read : how they are read: ``partition_format``, ``is_file``, and for tables ``format``, ``separator``, ….
    operations : what is done with the files or rows, in this order.
    """

    kind: str
    sources: tuple[Source, ...] = ()
    read: Mapping[str, Any] = field(default_factory=dict)
    operations: tuple[Mapping[str, Any], ...] = ()

    def then(self, do: str, **named: Any) -> Definition:
        """The same with one more operation."""
        return replace(self, operations=(*self.operations, {"do": do, **named}))

    def reading(self, **named: Any) -> Definition:
        """The same, read in another way."""
        return replace(self, read={**self.read, **named})

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "kind": self.kind,
            "sources": [
                {key: value for key, value in vars(source).items() if value is not None} for source in self.sources
            ],
            "read": dict(self.read),
            "operations": [dict(operation) for operation in self.operations],
        }

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Definition:
        """What ``to_dict`` made; words of a newer version are left out."""
        sources = tuple(
            Source(source["path"], source.get("datastore"), source.get("workspace")) for source in payload["sources"]
        )
        return cls(payload["kind"], sources, payload.get("read") or {}, tuple(payload.get("operations") or ()))

    def to_json(self) -> str:
        """One text for equal definitions."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """What ``to_json`` made."""
        return cls.from_dict(json.loads(text))


def expand(workspace: Workspace | None, definition: Definition) -> list[DataFile]:
    """The files that the sources mean now, sorted within each source; the operations are not applied.

    Parameters
    ----------
    workspace : where the datastores of sources that name no workspace are.

    Raises
    ------
    DatasetExecutionError : a source means no file, or cannot be reached.
    """
    from aml_nb.core.data.datasets.expansion import expand_sources

    return expand_sources(workspace, definition.sources)
