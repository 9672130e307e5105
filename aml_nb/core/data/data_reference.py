"""DataReference: a place in a datastore, and how a run wants it on its compute target."""

from __future__ import annotations

import copy
import re
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.paths import inside, join
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datapath import DataPath, DataPathComputeBinding

PREFIX = "$AZUREML_DATAREFERENCE_"
MODES = ("mount", "download", "upload")


class DataReference:
    """A place in a datastore that a run reads from or writes to.

    As text it is the placeholder that the run's arguments carry; the path stands there when the script starts.

    Parameters
    ----------
    datastore : where the data is.
    data_reference_name : what the run calls it, in letters, digits and underscores. Left out it is the
        datastore's name for the whole datastore, and a name of its own for a path in it.
    path_on_datastore : the folder or file; the whole datastore when left out.
    mode : ``mount``, ``download`` or ``upload``.
    path_on_compute : where the data goes on the compute target; a place of the run's when left out.
    overwrite : whether what is there already is replaced.

    Raises
    ------
    UserErrorException : a name, mode or path that cannot be.
    """

    def __init__(
        self,
        datastore: Any,
        data_reference_name: str | None = None,
        path_on_datastore: str | None = None,
        mode: str | None = "mount",
        path_on_compute: str | None = None,
        overwrite: bool | None = False,
    ) -> None:
        self.datastore = datastore
        inside(path_on_datastore, "path_on_datastore")
        self.data_reference_name = _checked_name(data_reference_name) or _own_name(datastore, path_on_datastore)
        self.path_on_datastore = path_on_datastore
        self.mode = check_mode(mode)
        self.path_on_compute = path_on_compute
        self.overwrite = bool(overwrite)

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """A place below this one."""
        below = join(inside(self.path_on_datastore), inside(path))
        return type(self)(self.datastore, data_reference_name, below or None)

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> DataReference:
        """The same place, to be copied to the compute target before the run starts."""
        return self._as("download", path_on_compute, overwrite)

    def as_upload(self, path_on_compute: str | None = None, overwrite: bool = False) -> DataReference:
        """The same place, to receive what the run leaves in ``path_on_compute``."""
        return self._as("upload", path_on_compute, overwrite)

    def as_mount(self) -> DataReference:
        """The same place, to be read and written where it is."""
        return self._as("mount", None, False)

    def to_config(self) -> Any:
        """What a run configuration keeps of it: a DataReferenceConfiguration."""
        from aml_nb.core.runs.run_configuration.data import DataReferenceConfiguration

        return DataReferenceConfiguration(
            datastore_name=self.datastore.name,
            mode=self.mode,
            path_on_datastore=self._normal_path(),
            path_on_compute=self.path_on_compute,
            overwrite=self.overwrite,
        )

    @staticmethod
    def create(
        data_reference_name: str | None = None,
        datapath: DataPath | None = None,
        datapath_compute_binding: DataPathComputeBinding | None = None,
    ) -> DataReference:
        """A data reference made of a path and of how a run wants it."""
        from aml_nb.core.data.datapath import DataPathComputeBinding

        if datapath is None:
            raise UserErrorException(
                "A data reference needs a datapath.", hint="DataReference.create(name, DataPath(datastore, path))"
            )
        binding = datapath_compute_binding or DataPathComputeBinding()
        return DataReference(
            datapath._datastore,
            data_reference_name,
            datapath.path_on_datastore,
            binding._mode,
            binding._path_on_compute,
            binding._overwrite,
        )

    def __str__(self) -> str:
        return PREFIX + self.data_reference_name

    def __repr__(self) -> str:
        return str(self)

    def _normal_path(self) -> str:
        """The path without dots and slashes around it; "" for the whole datastore."""
        return inside(self.path_on_datastore)

    def _as(self, mode: str, path_on_compute: str | None, overwrite: bool) -> DataReference:
        other = copy.copy(self)
        other.mode, other.path_on_compute, other.overwrite = mode, path_on_compute, bool(overwrite)
        return other


def check_mode(mode: Any) -> str:
    """The mode, where it is one of v1's."""
    if mode not in MODES:
        raise UserErrorException(f"Invalid mode {mode!r}: it is one of {', '.join(MODES)}.", hint='mode="mount"')
    return str(mode)


def _checked_name(name: str | None) -> str | None:
    if name and not re.fullmatch(r"\w+", str(name), re.ASCII):
        mended = re.sub(r"\W", "_", str(name), flags=re.ASCII)
        raise UserErrorException(
            f"data_reference_name {name!r} may only have letters, digits and underscores.", hint=f"{mended!r}"
        )
    return name


def _own_name(datastore: Any, path: str | None) -> str:
    return uuid.uuid4().hex if path else str(datastore.name)
