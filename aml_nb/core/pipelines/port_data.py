"""PortDataReference: what a step of a pipeline run wrote."""

from __future__ import annotations

from html import escape
from typing import Any

from aml_nb.core.data.data_reference import PREFIX, DataReference
from aml_nb.core.pipelines.bindings import Bindable


class PortDataReference(Bindable):
    """What a step of a pipeline run wrote, and where it lies.

    Parameters
    ----------
    context : the workspace.
    pipeline_run_id : the run of the pipeline.
    data_reference : its place in a datastore.
    step_run : the run of the step.
    """

    def __init__(self, context: Any, pipeline_run_id: str, data_reference: DataReference, step_run: Any = None) -> None:
        self._workspace = context
        self._data_reference = data_reference
        self._step_run = step_run
        self.data_reference_name: str = data_reference.data_reference_name
        self.pipeline_run_id = pipeline_run_id

    @property
    def datastore(self) -> Any:
        """Where it lies."""
        return self._data_reference.datastore

    @property
    def datastore_name(self) -> str:
        """The name of the datastore."""
        return str(self.datastore.name)

    @property
    def path_on_datastore(self) -> str | None:
        """The path in the datastore."""
        return self._data_reference.path_on_datastore

    @property
    def _path_on_datastore(self) -> str | None:
        """As ``path_on_datastore``: notebooks open what they have downloaded by this name."""
        return self.path_on_datastore

    @property
    def name(self) -> str:
        """What the step called it."""
        return self.data_reference_name

    def download(self, local_path: str, overwrite: bool | None = None, show_progress: bool | None = None) -> int:
        """Copy it to a folder of this machine; returns how many files there were.

        Parameters
        ----------
        local_path : the folder; files keep their whole path in the datastore below it.
        overwrite : replace files that are there.
        show_progress : print each file.
        """
        from aml_nb.core.data import transfer

        path = (self.path_on_datastore or "").strip("/")
        folder = f"{path}/"  # not others whose name only begins with its own
        count: int = self.datastore.download(
            local_path,
            prefix=folder if transfer.names(self.datastore, folder) else path,
            overwrite=bool(overwrite),
            show_progress=True if show_progress is None else show_progress,
        )
        return count

    def _source(self) -> dict[str, Any]:
        from aml_nb.core.data.datasets.expansion import address

        store = self.datastore
        return {"path": self.path_on_datastore or "", "datastore": store.name, "workspace": address(store.workspace)}

    def __str__(self) -> str:
        return PREFIX + self.data_reference_name

    def __repr__(self) -> str:
        return (
            f"PortDataReference(name={self.name!r}, datastore={self.datastore_name!r}, "
            f"path_on_datastore={self.path_on_datastore!r})"
        )

    def _repr_html_(self) -> str:
        rows = [("Name", self.name), ("Datastore", self.datastore_name), ("Path on Datastore", self.path_on_datastore)]
        cells = "".join(f"<tr><th>{label}</th><td>{escape(str(value))}</td></tr>" for label, value in rows)
        return f"<table>{cells}</table>"
