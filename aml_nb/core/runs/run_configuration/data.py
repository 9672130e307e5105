"""What a run reads and writes, as a run configuration says it."""

from __future__ import annotations

from typing import Any

from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.errors import UserErrorException

MODES = ("mount", "download", "upload")
MECHANISMS = ("direct", "mount", "download", "upload")


class DataReferenceConfiguration(ConfigElement):
    """A folder of a datastore that a script uses.

    Parameters
    ----------
    datastore_name : the datastore.
    mode : ``mount``, ``download`` or ``upload``.
    path_on_datastore : the folder or file in it.
    path_on_compute : where the script finds it.
    overwrite : replace what is there.
    """

    _fields = ("data_store_name", "path_on_data_store", "mode", "overwrite", "path_on_compute")

    def __init__(
        self,
        datastore_name: str | None = None,
        mode: str = "mount",
        path_on_datastore: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self.data_store_name = datastore_name
        self.path_on_data_store = path_on_datastore
        self.path_on_compute = path_on_compute
        self.mode = _known(mode, MODES, "mode")
        self.overwrite = overwrite
        super().__init__()


class Dataset(ConfigElement):
    """A registered or saved dataset.

    Parameters
    ----------
    dataset_id : its id.
    dataset_name, dataset_version : its name and version.
    """

    _fields = ("id", "name", "version")

    def __init__(
        self, dataset_id: str | None = None, dataset_name: str | None = None, dataset_version: str | None = None
    ) -> None:
        self.id = dataset_id
        self.name = dataset_name
        self.version = dataset_version
        super().__init__()


class DataPath(ConfigElement):
    """A path on a datastore.

    Parameters
    ----------
    datastore_name : the datastore.
    relative_path : the path in it.
    """

    _fields = ("datastore_name", "relative_path")

    def __init__(self, datastore_name: str | None = None, relative_path: str | None = None) -> None:
        self.datastore_name = datastore_name
        self.relative_path = relative_path
        super().__init__()


class Uri(ConfigElement):
    """Data that a URI names.

    Parameters
    ----------
    path : the URI.
    is_file : whether it is one file.
    """

    _fields = ("path", "is_file")

    def __init__(self, path: str | None = None, is_file: bool = False) -> None:
        self.path = path
        self.is_file = is_file
        super().__init__()


class DataLocation(ConfigElement):
    """Where data is: a dataset, a path on a datastore, or a URI.

    Parameters
    ----------
    dataset : a `Dataset`.
    data_path : a `DataPath`.
    uri : a `Uri`.
    """

    _fields = ("dataset", "data_path", "uri")

    def __init__(
        self, dataset: Dataset | None = None, data_path: DataPath | None = None, uri: Uri | None = None
    ) -> None:
        self.dataset = dataset
        self.data_path = data_path
        self.uri = uri
        super().__init__()

    def _fill(self, payload: dict[str, Any] | None) -> None:
        given = payload or {}
        for name, key, kind in (
            ("dataset", "dataset", Dataset),
            ("data_path", "dataPath", DataPath),
            ("uri", "uri", Uri),
        ):
            setattr(self, name, _made(kind, given.get(key)))


class Data(ConfigElement):
    """Data that a script reads.

    Parameters
    ----------
    data_location : a `DataLocation`.
    create_output_directories : whether the folders are made.
    mechanism : ``direct``, ``mount`` or ``download``.
    environment_variable_name : the variable that tells the script where it is.
    path_on_compute : where it is put.
    overwrite : replace what is there.
    options : settings of the mechanism.
    """

    _fields = (
        "data_location",
        "create_output_directories",
        "mechanism",
        "environment_variable_name",
        "path_on_compute",
        "overwrite",
        "options",
    )

    def __init__(
        self,
        data_location: DataLocation | None = None,
        create_output_directories: bool | None = None,
        mechanism: str = "direct",
        environment_variable_name: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool = False,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.data_location = data_location
        self.create_output_directories = create_output_directories
        self.mechanism = _known(mechanism, MECHANISMS, "mechanism")
        self.environment_variable_name = environment_variable_name
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite
        self.options = options
        super().__init__()

    @staticmethod
    def create(data: Any) -> Data:
        """Describe data that is given as a dataset to be consumed (`DatasetConsumptionConfig`).

        Parameters
        ----------
        data : the dataset, with its name, mode and path.

        Raises
        ------
        UserErrorException
            It is something else.
        """
        if isinstance(data, Data):
            return data
        dataset = getattr(data, "dataset", None)
        if dataset is None or not hasattr(data, "mode"):
            raise UserErrorException(
                f"Data.create takes a DatasetConsumptionConfig, not {type(data).__name__}.",
                hint="Data.create(dataset.as_named_input('name').as_mount())",
            )
        if getattr(dataset, "id", None) is None and getattr(dataset, "_workspace", None) is not None:
            from aml_nb.core.data.datasets.registry import save

            save(dataset, dataset._workspace)  # what a run configuration keeps of a dataset is its id
        location = DataLocation(
            dataset=Dataset(getattr(dataset, "id", None), getattr(dataset, "name", None), _text(dataset, "version"))
        )
        return Data(
            location,
            mechanism=data.mode,
            environment_variable_name=data.name,
            path_on_compute=getattr(data, "path_on_compute", None),
        )

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        self.data_location = _made(DataLocation, (payload or {}).get("dataLocation"))


class OutputData(ConfigElement):
    """Data that a script writes.

    Parameters
    ----------
    output_location : a `DataLocation`.
    mechanism : ``mount`` or ``upload``.
    additional_options : an `OutputOptions`.
    """

    _fields = ("output_location", "mechanism", "additional_options")

    def __init__(
        self,
        output_location: DataLocation | None = None,
        mechanism: str = "mount",
        additional_options: Any = None,
    ) -> None:
        self.output_location = output_location
        self.mechanism = _known(mechanism, MECHANISMS, "mechanism")
        self.additional_options = additional_options
        super().__init__()

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        self.output_location = _made(DataLocation, (payload or {}).get("outputLocation"))


class DatacacheConfiguration(ConfigElement):
    """A cache of a dataset on the compute target; noted, for data is on this machine already.

    Parameters
    ----------
    dataset_id, datacache_store, datacache_id : what is cached, and where.
    mode, path_on_compute : how a script finds it.
    replica : how many copies.
    failure_fallback : go on without the cache where it fails.
    """

    _fields = (
        "datacache_id",
        "datacache_store",
        "dataset_id",
        "mode",
        "replica",
        "failure_fallback",
        "path_on_compute",
    )

    def __init__(
        self,
        dataset_id: str | None = None,
        datacache_store: str | None = None,
        datacache_id: str | None = None,
        mode: str = "mount",
        path_on_compute: str | None = None,
        replica: int | None = None,
        failure_fallback: bool = False,
    ) -> None:
        self.dataset_id = dataset_id
        self.datacache_store = datacache_store
        self.datacache_id = datacache_id
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.replica = replica
        self.failure_fallback = failure_fallback
        super().__init__()

    @staticmethod
    def create(data: Any) -> DatacacheConfiguration:
        """Describe a cache that is given as an object with these attributes.

        Parameters
        ----------
        data : a cache's consumption configuration.
        """
        names = ("dataset_id", "datacache_store", "datacache_id", "path_on_compute", "replica")
        given: dict[str, Any] = {name: getattr(data, name, None) for name in names}
        return DatacacheConfiguration(mode=getattr(data, "mode", "mount"), **given)


def _text(thing: Any, name: str) -> str | None:
    value = getattr(thing, name, None)
    return None if value is None else str(value)


def _made(kind: type[Any], payload: Any) -> Any:
    """A part out of its JSON form."""
    if not isinstance(payload, dict):
        return payload
    made = kind()
    made._fill(payload)
    return made


def _known(value: str, known: tuple[str, ...], what: str) -> str:
    word = str(value).lower()
    if word not in known:
        raise UserErrorException(f"{what} is one of {', '.join(known)}, not {value!r}.", hint=f"{what}='{known[0]}'")
    return word
