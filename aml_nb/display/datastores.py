"""Tables and cards of datastores and of what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aml_nb.display.base import Card, Table
from aml_nb.masking import without_login


class DatastoreTable(Table):
    """Datastores; ``stores["workspaceblobstore"]`` is the datastore. The default has a mark."""

    kind = "datastores"
    heads = ("NAME", "TYPE", "DEFAULT", "WHERE")

    def __init__(self, items: Sequence[Any], default: str) -> None:
        super().__init__(items)
        self.default = default

    def row(self, item: Any) -> list[str]:
        return [item.name, item.datastore_type, "default" if item.name == self.default else "", where(item)]

    def record(self, item: Any) -> Any:
        return datastore_data(item, self.default)


class DatastoreCard(Card):
    """One datastore; ``datastore`` is it."""

    def __init__(self, datastore: Any, default: str, notes: Sequence[str] = ()) -> None:
        self.datastore = datastore
        rows = [("type", datastore.datastore_type), ("where", where(datastore))]
        rows += [("default", "yes")] if datastore.name == default else []
        super().__init__("datastore", datastore.name, rows, None, notes, datastore_data(datastore, default))


class FileTable(Table):
    """The paths of files in a datastore."""

    kind = "files"
    heads = ("PATH",)
    empty = "%datastore upload FOLDER"

    def row(self, item: Any) -> list[str]:
        return [str(item)]

    def record(self, item: Any) -> Any:
        return str(item)


def where(datastore: Any) -> str:
    """Where its data is."""
    local = datastore._local()
    if local is not None:
        return str(local)
    facts = {name: value for name, value in datastore._facts().items() if name not in ("name", "datastore_type")}
    if "account_name" in facts:
        return f"{facts['account_name']}/{facts['container_name']}"
    return without_login(", ".join(str(value) for value in facts.values() if value))


def datastore_data(datastore: Any, default: str) -> dict[str, Any]:
    """One datastore for JSON, without its secrets."""
    facts = {"name": datastore.name, "type": datastore.datastore_type, **datastore._facts()}
    local = datastore._local()
    return facts | {"default": datastore.name == default, "folder": None if local is None else str(local)}
