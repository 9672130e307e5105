"""The stand-in for a run where a script is started by hand: it prints what would have been logged."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from aml_nb.core.runs import values
from aml_nb.errors import UserErrorException


class _OfflineRun:
    """What ``Run.get_context()`` gives outside a submitted run.

    Parameters
    ----------
    run_id : one is made unless it is given.
    parent : its id, for a child.
    """

    def __init__(self, run_id: str | None = None, parent: Any = None, **_: Any) -> None:
        self._run_id = run_id or f"OfflineRun_{uuid.uuid4()}"
        self._tags: dict[str, Any] = {}
        self._properties: dict[str, Any] = {}
        self._status = "Running"
        self._children: list[_OfflineRun] = []

    @property
    def id(self) -> str:
        """``OfflineRun_`` and a random part."""
        return self._run_id

    @property
    def status(self) -> str:
        """What its methods made of it."""
        return self._status

    def log(self, name: str, value: Any, description: str = "") -> None:
        """Print a metric."""
        _attempt("log scalar metric", name, values.scalar(values.check_name(name), value))

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Print a list of values."""
        _attempt("log list metric", name, values.listed(values.check_name(name), value))

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Print a row."""
        _attempt("log row metric", name, values.row(values.check_name(name), kwargs))

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Print a table."""
        _attempt("log table metric", name, values.table(values.check_name(name), value))

    def log_image(self, name: str, path: str | None = None, plot: Any = None, description: str = "") -> None:
        """Print that there is an image."""
        if (path is None) == (plot is None):
            raise UserErrorException(
                "log_image takes an image file or a plot, one of the two.", hint="run.log_image('roc', plot=plt)"
            )
        _attempt("log image metric", name, path if path is not None else plot)

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Print a confusion matrix."""
        _attempt("log confusion matrix metric", name, value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Print an accuracy table."""
        _attempt("log accuracy table metric", name, value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Print residuals."""
        _attempt("log residuals metric", name, value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Print predictions."""
        _attempt("log predictions metric", name, value)

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> None:
        """Print that a file would be kept."""
        print(f"Attempted to track file {name} at {path_or_stream}")

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: int | None = None,
        datastore_name: str | None = None,
    ) -> None:
        """Print that files would be kept."""
        for name, path in zip(names, paths, strict=True):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> None:
        """Print that a folder would be kept."""
        print(f"Attempted to track folder {name} at {path}")

    def tag(self, key: str, value: str | None = None) -> None:
        """Print a tag."""
        print(f"Attempted to add tag {key}" + (f" with value {value}" if value is not None else ""))
        self._tags[key] = value

    def set_tags(self, tags: dict[str, Any]) -> None:
        """Print tags."""
        for key, value in tags.items():
            self.tag(key, value)

    @property
    def tags(self) -> dict[str, Any]:
        """A copy of the tags that were added."""
        return dict(self._tags)

    def get_tags(self) -> dict[str, Any]:
        """The tags that were added."""
        return self.tags

    def add_properties(self, properties: dict[str, Any]) -> None:
        """Print properties."""
        for key, value in properties.items():
            print(f"Attempted to add property {key} with value {value}")
        self._properties.update(properties)

    @property
    def properties(self) -> dict[str, Any]:
        """A copy of the properties that were added."""
        return dict(self._properties)

    def get_properties(self) -> dict[str, Any]:
        """The properties that were added."""
        return self.properties

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> _OfflineRun:
        """A stand-in for a child."""
        child = _OfflineRun(run_id or f"{self._run_id}.{name or len(self._children)}", parent=self)
        self._children.append(child)
        return child

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[str] | None = None
    ) -> list[_OfflineRun]:
        """Stand-ins for children."""
        from aml_nb.core.runs.family import _tag_values

        return [self.child_run() for _ in _tag_values(count, tag_key, tag_values)]

    def get_children(self, *_: Any, **__: Any) -> Iterator[_OfflineRun]:
        """The children that were begun, newest first."""
        return iter(self._children[::-1])

    def get_status(self) -> str:
        """What its methods made of it."""
        return self._status

    def get_details(self) -> dict[str, Any]:
        """What is known of it."""
        return {"runId": self._run_id, "status": self._status, "properties": self.properties}

    def take_snapshot(self, file_or_folder_path: str) -> None:
        """Print that a snapshot would be taken."""
        print(f"Attempted to take snapshot of {file_or_folder_path}")

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing is held back."""

    def start(self) -> None:
        """Mark it as running."""
        self._status = "Running"

    def complete(self, _set_status: bool = True) -> None:
        """Mark it as completed."""
        self._status = "Completed"

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """Mark it as failed."""
        self._status = "Failed"

    def cancel(self) -> None:
        """Mark it as cancelled."""
        self._status = "Canceled"

    def __enter__(self) -> _OfflineRun:
        return self

    def __exit__(self, exit_type: Any, value: Any, traceback: Any) -> None:
        if value is None:
            self.complete()
        else:
            self.fail(value)

    def __str__(self) -> str:
        return f"Run(Experiment: None,\nId: {self._run_id},\nType: None,\nStatus: {self._status})"

    def __repr__(self) -> str:
        return str(self)


def _attempt(what: str, name: str, value: Any) -> None:
    print(f"Attempted to {what} {name}:\n{value}")
