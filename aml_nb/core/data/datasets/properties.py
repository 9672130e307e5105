"""What a file of a dataset is besides its bytes: its size and its times."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.files import DataFile, unreadable

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_CHANGED = ("last_modified", "LastModified", "mtime")
_CREATED = ("creation_time", "created", "CreationTime")
NAMES = ("Size", "LastModifiedTime", "CreationTime", "Extension", "CanSeek")


def last_change(workspace: Workspace | None, definition: Definition) -> datetime | None:
    """When the youngest file of a dataset was changed; None where none can be seen."""
    try:
        files = expand(workspace, definition)
        times = [properties(file)["LastModifiedTime"] for file in files]
    except DatasetExecutionError:
        return None
    return max((time for time in times if time is not None), default=None)


def properties(file: DataFile) -> dict[str, Any]:
    """The properties that ``file_metadata`` knows."""
    size, changed, created = _on_disk(file) if file.local else _told(file.info)
    return {
        "Size": size,
        "LastModifiedTime": changed,
        "CreationTime": created,
        "Extension": os.path.splitext(file.full)[1],
        "CanSeek": True,
    }


def _on_disk(file: DataFile) -> tuple[Any, Any, Any]:
    try:
        facts = os.stat(file.path)
    except OSError as error:
        raise unreadable(file, error) from error
    return facts.st_size, _moment(facts.st_mtime), _moment(facts.st_ctime)


def _told(info: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    changed = next((info[key] for key in _CHANGED if info.get(key)), None)
    created = next((info[key] for key in _CREATED if info.get(key)), changed)
    return info.get("size"), _moment(changed), _moment(created)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, timezone.utc)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return None
