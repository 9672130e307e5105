"""Registered datasets: names with versions, each of which is a definition, a description and tags.

Two documents a version: one of the name and version, and one of the id, by which runs and models refer to it.
What a run uses without a name has only the second; equal definitions share one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.data.datasets.definition import FILE, TABULAR, Definition
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.abstract import AbstractDataset
    from aml_nb.core.workspace import Workspace

KIND = "dataset"
SAVED = "saved dataset"
_LONGEST = 255
_CLASSES = {
    FILE: ("aml_nb.core.data.datasets.file_dataset", "FileDataset"),
    TABULAR: ("aml_nb.core.data.datasets.tabular", "TabularDataset"),
}


class DatasetNotFoundError(UserErrorException, KeyError):
    """No such dataset; a KeyError too, so that ``in`` and ``get`` of ``ws.datasets`` work."""


@dataclass(frozen=True)
class Registration:
    """What a dataset is known as: its id, and where it has a name also that."""

    id: str
    name: str | None = None
    version: int | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def shown(self, workspace: Workspace | None) -> dict[str, Any]:
        """As ``repr`` of the dataset has it."""
        facts = {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "tags": dict(self.tags),
            "workspace": repr(workspace) if workspace is not None else None,
        }
        return {key: value for key, value in facts.items() if value not in (None, {})}


class RegisteredDatasets(Mapping[str, Any]):
    """The newest version of every registered dataset, by name; each is fetched when it is asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __getitem__(self, name: str) -> Any:
        return get_by_name(self._workspace, name)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _, _ in self._workspace._store.versioned(KIND).list()])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __call__(self, name: str) -> NoReturn:
        raise TypeError(f"ws.datasets is a mapping: write ws.datasets[{name!r}], with square brackets")

    def __repr__(self) -> str:
        return f"RegisteredDatasets({list(self)})"


def get_by_name(workspace: Workspace, name: str, version: Any = "latest") -> Any:
    """A registered dataset; DatasetNotFoundError when there is none of that name or version."""
    wanted = _version(version)
    found = workspace._store.versioned(KIND).get(str(name), wanted)
    if found is None:
        raise _no_such(workspace, name, wanted)
    return _dataset(workspace, found[1], str(name), int(found[0]))


def get_by_id(workspace: Workspace, identity: str) -> Any:
    """The dataset with that id; DatasetNotFoundError when there is none."""
    saved = workspace._store.records(SAVED).get(str(identity))
    if saved is None:
        raise DatasetNotFoundError(
            f"Cannot find dataset with id {identity} in the workspace {workspace.name}.",
            hint="list(ws.datasets) has the registered ones; their .id is what to give",
        )
    if saved.get("name") is not None:
        found = workspace._store.versioned(KIND).get(saved["name"], str(saved["version"]))
        if found is not None:
            return _dataset(workspace, found[1], saved["name"], saved["version"])
    return _dataset(workspace, {**saved, "id": str(identity)})


def find(workspace: Workspace, identity: str) -> Any:
    """The dataset with that id; the id as a dictionary where it is gone, for a run that is only shown."""
    try:
        return get_by_id(workspace, identity)
    except DatasetNotFoundError:
        return {"id": identity}


def register(
    dataset: AbstractDataset,
    workspace: Workspace,
    name: str,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
    create_new_version: bool = False,
) -> Any:
    """Add a version under ``name``; UserErrorException when it is there and no new version is wanted."""
    _check_name(name)
    payload: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "definition": dataset._definition.to_dict(),
        "description": description,
        "tags": check_tags(tags),
        "created": int(time.time() * 1000),
    }
    store = workspace._store
    with store.write(alone=True):
        if not create_new_version and store.versioned(KIND).get(name) is not None:
            raise UserErrorException(
                f'There is already a dataset registered under name "{name}". Specify `create_new_version=True` to '
                "register the dataset as a new version.",
                hint=f"dataset.register(ws, {name!r}, create_new_version=True)",
            )
        version = int(store.versioned(KIND).append(name, payload))
        saved = {"definition": payload["definition"], "name": name, "version": version}
        store.records(SAVED).create(payload["id"], saved)
    return _dataset(workspace, payload, name, version)


def save(dataset: AbstractDataset, workspace: Workspace) -> str:
    """The id of a dataset, which a run refers to; one that has none is kept under a new one.

    The dataset must be known in ``workspace``: one that is registered elsewhere is kept there once more.
    """
    records = workspace._store.records(SAVED)
    if dataset.id is not None and records.get(dataset.id) is not None:
        return dataset.id
    text = dataset._definition.to_json()
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{workspace._store.workspace}\n{text}"))
    if records.get(identity) is None:
        records.put(identity, {"definition": dataset._definition.to_dict()})
    if dataset._registration is None:
        dataset._registration = Registration(identity)
        dataset._workspace = dataset._workspace or workspace
    return identity


def update(
    dataset: AbstractDataset,
    change_tags: Callable[[dict[str, str]], Mapping[str, str] | None],
    description: str | None = None,
) -> Any:
    """Change the tags and the description of a registered version.

    A dataset that is not registered gets the error back as the result, not raised: as v1 does it.
    """
    held, workspace = dataset._registration, dataset._workspace
    if held is None or held.name is None or workspace is None:
        return UserErrorException(
            "To update this dataset it must be registered.", hint="dataset = dataset.register(ws, 'name')"
        )

    def change(payload: dict[str, Any]) -> None:
        wanted = change_tags(dict(payload["tags"]))
        if wanted is not None:
            payload["tags"] = check_tags(wanted)
        if description is not None:
            payload["description"] = description

    changed = workspace._store.versioned(KIND).modify(held.name, str(held.version), change)
    if changed is None:
        raise _no_such(workspace, held.name, str(held.version))
    dataset._registration = replace(held, description=changed["description"], tags=changed["tags"])
    return dataset


def unregister(dataset: AbstractDataset) -> None:
    """Forget every version of a dataset's name; models and runs that used one still find it by its id."""
    held, workspace = dataset._registration, dataset._workspace
    if held is None or held.name is None or workspace is None:
        raise UserErrorException(
            "This dataset is not registered, so there is nothing to unregister.", hint="ws.datasets['name']"
        )
    workspace._store.versioned(KIND).delete(held.name)
    dataset._registration = None


def check_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """The tags as text; UserErrorException when they are no dictionary."""
    if not isinstance(tags or {}, Mapping):
        raise UserErrorException(f"tags must be a dict, not {tags!r}.", hint="tags={'format': 'CSV'}")
    return {str(key): str(value) for key, value in (tags or {}).items()}


def restore(workspace: Workspace | None, definition: Definition, registration: Registration | None = None) -> Any:
    """The dataset object of a definition."""
    module, name = _CLASSES[definition.kind]
    return getattr(import_module(module), name)._create(definition, workspace, registration)


def _dataset(
    workspace: Workspace, payload: Mapping[str, Any], name: str | None = None, version: int | None = None
) -> Any:
    held = Registration(payload["id"], name, version, payload.get("description"), payload.get("tags") or {})
    return restore(workspace, Definition.from_dict(payload["definition"]), held)


def _version(version: Any) -> str | None:
    if version is None or version == "latest":
        return None
    text = str(version)
    if isinstance(version, bool) or not text.isdecimal():
        raise UserErrorException(
            f"Invalid value {version!r} for version: it is a number or 'latest'.", hint="version='latest'"
        )
    return str(int(text))


def _no_such(workspace: Workspace, name: object, version: str | None) -> DatasetNotFoundError:
    import difflib

    there = workspace._store.versioned(KIND).versions(str(name))
    if there:
        return DatasetNotFoundError(
            f'Cannot find version {version} of the dataset registered with name "{name}" in the workspace. '
            f"There is: {', '.join(there)}.",
            hint=f"Dataset.get_by_name(ws, {name!r})",
        )
    names = list(RegisteredDatasets(workspace))
    near = difflib.get_close_matches(str(name), names, n=1) or names[:1]
    return DatasetNotFoundError(
        f'Cannot find dataset registered with name "{name}" in the workspace {workspace.name}.',
        hint=f"Dataset.get_by_name(ws, {near[0]!r})" if near else f"dataset.register(ws, {str(name)!r})",
    )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST or not name.isprintable() or name != name.strip():
        raise UserErrorException(
            f"Dataset name {name!r} is invalid: it has 1 to {_LONGEST} letters, digits, spaces and signs, and neither "
            "begins nor ends with a space.",
            hint="dataset.register(ws, 'diabetes dataset')",
        )
