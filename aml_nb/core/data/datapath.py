"""DataPath and DataPathComputeBinding: a data reference in two halves, for the parameters of pipelines."""

from __future__ import annotations

from typing import Any

from aml_nb.core.data.data_reference import DataReference, check_mode
from aml_nb.core.data.paths import inside


class DataPath:
    """A place in a datastore.

    Parameters
    ----------
    datastore : where the data is.
    path_on_datastore : the folder or file; the whole datastore when left out.
    name : what it is called.
    """

    def __init__(self, datastore: Any = None, path_on_datastore: str | None = None, name: str | None = None) -> None:
        inside(path_on_datastore, "path_on_datastore")
        self._datastore = datastore
        self._path_on_datastore = path_on_datastore
        self._name = name

    def create_data_reference(
        self, data_reference_name: str | None = None, datapath_compute_binding: DataPathComputeBinding | None = None
    ) -> DataReference:
        """A data reference to this place."""
        return DataReference.create(data_reference_name or self._name, self, datapath_compute_binding)

    @property
    def datastore_name(self) -> str | None:
        """The name of the datastore."""
        return None if self._datastore is None else str(self._datastore.name)

    @property
    def path_on_datastore(self) -> str | None:
        """The folder or file in the datastore."""
        return self._path_on_datastore

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPath:
        """The place that a data reference names."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore, data_reference.data_reference_name)

    def __repr__(self) -> str:
        return f"DataPath(datastore={self.datastore_name!r}, path_on_datastore={self.path_on_datastore!r})"


class DataPathComputeBinding:
    """How a run wants a DataPath on its compute target.

    Parameters
    ----------
    mode : ``mount``, ``download`` or ``upload``.
    path_on_compute : where the data goes; a place of the run's when left out.
    overwrite : whether what is there already is replaced.
    """

    def __init__(self, mode: str = "mount", path_on_compute: str | None = None, overwrite: bool = False) -> None:
        self._mode = check_mode(mode)
        self._path_on_compute = path_on_compute
        self._overwrite = bool(overwrite)

    def create_data_reference(
        self, data_reference_name: str | None = None, datapath: DataPath | None = None
    ) -> DataReference:
        """A data reference to ``datapath``, bound as this says."""
        return DataReference.create(data_reference_name, datapath, self)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPathComputeBinding:
        """How a data reference is bound."""
        return DataPathComputeBinding(data_reference.mode, data_reference.path_on_compute, data_reference.overwrite)

    def __repr__(self) -> str:
        return f"DataPathComputeBinding(mode={self._mode!r}, path_on_compute={self._path_on_compute!r})"
