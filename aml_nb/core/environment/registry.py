"""Environments kept in a workspace: registered, labelled, listed, found."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from aml_nb.core.environment import curated
from aml_nb.errors import NameTakenError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
_RESERVED = ("azureml", "microsoft")


def register(workspace: Workspace, environment: Environment) -> Environment:
    """Append the definition, unless it is what the latest version says already."""
    name = _registrable(environment.name)
    records = workspace._store.versioned("environment")
    definition = _definition(environment)
    latest = records.get(name, environment.version)
    if latest is not None and latest[1] == definition:
        return _loaded(name, *latest)
    version = environment.version if latest is None else None
    try:
        version = records.append(name, definition, version)
    except NameTakenError:
        version = records.append(name, definition)
    return _loaded(name, version, definition)


def get(workspace: Workspace, name: str, version: str | None, label: str | None) -> Environment:
    """A registered environment, or a curated one."""
    if version is not None and label is not None:
        raise UserErrorException("A version and a label exclude each other.", hint="give one of the two")
    records = workspace._store.versioned("environment")
    if label is not None and label.lower() != "latest":
        version = _labelled(workspace, name, label)
    found = records.get(name, None if version is None else str(version))
    if found is not None:
        return _loaded(name, *found)
    made = curated.environment(name, version)
    if made is None:
        raise _missing(workspace, name, version)
    return made


def every(workspace: Workspace) -> dict[str, Environment]:
    """Registered environments, oldest first, then the curated ones."""
    rows = workspace._store.versioned("environment").list()
    return {name: _loaded(name, version, payload) for name, version, payload in rows} | curated.every()


def label(workspace: Workspace, name: str, version: str, labels: list[str]) -> None:
    """Attach labels to a version; a label is on one version of a name at a time."""
    if isinstance(labels, str):
        raise UserErrorException("labels takes a list of strings.", hint=f"[{labels!r}]")
    records = workspace._store.versioned("environment")
    if records.get(name, str(version)) is None:
        raise _missing(workspace, name, version)
    for word in labels:
        workspace._store.records("environment-label").put(f"{name}:{word}", {"version": str(version)})


def _labelled(workspace: Workspace, name: str, word: str) -> str:
    found = workspace._store.records("environment-label").get(f"{name}:{word}")
    if found is None:
        raise UserErrorException(
            f"No version of the environment {name!r} has the label {word!r}.",
            hint=f"Environment.label(ws, {name!r}, version, [{word!r}])",
        )
    version: str = found["version"]
    return version


def _registrable(name: str) -> str:
    if name.lower().startswith(_RESERVED):
        raise UserErrorException(
            f"The environment name {name!r} begins with a reserved prefix (AzureML, Microsoft).",
            hint=f"environment.clone('my-{name}').register(ws)",
        )
    if not _NAME.fullmatch(name):
        mended = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._") or "environment"
        raise UserErrorException(
            f"The environment name {name!r} is invalid: letters, digits, dashes, dots and underscores make one.",
            hint=f"environment.name = {mended!r}",
        )
    return name


def _definition(environment: Environment) -> dict[str, Any]:
    payload = environment._to_json()
    payload["version"] = payload["assetId"] = None
    return payload


def _loaded(name: str, version: str, payload: dict[str, Any]) -> Environment:
    from aml_nb.core.environment import Environment

    asset = f"azureml://environments/{name}/versions/{version}"
    return Environment._from_json({**payload, "version": version, "assetId": asset})


def _missing(workspace: Workspace, name: str, version: str | None) -> UserErrorException:
    known = workspace._store.versioned("environment").versions(name)
    wanted = f"Environment with name {name}" + ("" if version is None else f" and version {version}")
    if known:
        hint = f"its versions are {', '.join(known)}"
    else:
        names = list(every(workspace))
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "list(Environment.list(ws))"
    return UserErrorException(
        f"Error retrieving the environment definition. Code: 404. {wanted} not found in provided workspace",
        hint=hint,
    )
