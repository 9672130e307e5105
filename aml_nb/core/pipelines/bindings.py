"""InputPortBinding and OutputPortBinding: how a step wants what it reads, and where what it writes goes."""

from __future__ import annotations

from typing import Any

from aml_nb.core.data.data_reference import PREFIX
from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError

INPUT_MODES = ("mount", "download", "direct", "hdfs")
OUTPUT_MODES = ("mount", "upload", "hdfs", "link", "direct")


class InputPortBinding:
    """Something that a step reads, and how.

    Parameters
    ----------
    name : what the step calls it: letters, digits and underscores.
    bind_object : a DataReference, PipelineData, PipelineDataset, PortDataReference, an output dataset, or a pair of a
        PipelineParameter and a DataPathComputeBinding.
    bind_mode : ``mount``, ``download``, ``direct`` or ``hdfs``.
    path_on_compute : where it goes; a place of the step's when left out.
    overwrite : whether what is there already is replaced.
    is_resource : taken for v1's sake: it goes along with the script.
    additional_transformations : how files are read as a table.

    Raises
    ------
    PipelineError : the name is missing, or the mode is none of these.
    """

    def __init__(
        self,
        name: str,
        bind_object: Any = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
        is_resource: bool = False,
        additional_transformations: Any = None,
        **kwargs: Any,
    ) -> None:
        if not name:
            raise PipelineError("An input of a step needs a name.", hint="InputPortBinding('data', bind_object=data)")
        if bind_object is None:
            raise PipelineError(
                f"The input {name!r} is bound to nothing.", hint=f"InputPortBinding({name!r}, bind_object=data)"
            )
        self._name = str(name)
        self._bind_object = bind_object
        self._bind_mode = _checked(bind_mode, INPUT_MODES, name)
        self._path_on_compute = path_on_compute
        self._overwrite = overwrite
        self._is_resource = bool(is_resource)
        self._additional_transformations = additional_transformations

    @property
    def name(self) -> str:
        """What the step calls it."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def bind_mode(self) -> str:
        """``mount``, ``download``, ``direct`` or ``hdfs``."""
        return self._bind_mode

    @bind_mode.setter
    def bind_mode(self, bind_mode: str) -> None:
        self._bind_mode = _checked(bind_mode, INPUT_MODES, self._name)

    @property
    def bind_object(self) -> Any:
        """What is read."""
        return self._bind_object

    @property
    def path_on_compute(self) -> str | None:
        """Where it goes on the compute target."""
        return self._path_on_compute

    @path_on_compute.setter
    def path_on_compute(self, path_on_compute: str | None) -> None:
        self._path_on_compute = path_on_compute

    @property
    def data_reference_name(self) -> str | None:
        """The name of the data reference that is read, where it is one."""
        return getattr(self._bind_object, "data_reference_name", None)

    @property
    def overwrite(self) -> bool | None:
        """Whether what is there already is replaced."""
        return self._overwrite

    @property
    def data_type(self) -> Any:
        """The type of the data, where it has one."""
        return self.get_bind_object_data_type()

    @property
    def is_resource(self) -> bool:
        """Whether it goes along with the script."""
        return self._is_resource

    @property
    def additional_transformations(self) -> Any:
        """How files are read as a table."""
        return self._additional_transformations

    def get_bind_object_name(self) -> str:
        """The name of what is read."""
        bound = self._bind_object[0] if isinstance(self._bind_object, tuple) else self._bind_object
        name = getattr(bound, "data_reference_name", None) or getattr(bound, "name", None)
        return str(name) if name else self._name

    def get_bind_object_data_type(self) -> Any:
        """The type of what is read, where it has one."""
        return getattr(self._bind_object, "data_type", None)

    def as_resource(self) -> InputPortBinding:
        """The same, to go along with the script."""
        return InputPortBinding(
            self._name, self._bind_object, self._bind_mode, self._path_on_compute, self._overwrite, True
        )

    def __str__(self) -> str:
        return PREFIX + self._name

    def __repr__(self) -> str:
        return str(self)


class OutputPortBinding:
    """Something that a step writes, and where it goes.

    Parameters
    ----------
    name : what the step calls it.
    datastore : where it goes; the pipeline's default datastore when left out.
    output_name : another name for it.
    bind_mode : ``mount`` (written there at once) or ``upload`` (when the step has ended).
    path_on_compute : where the step writes it; a place of the step's when left out.
    is_directory : whether it is a folder, which is made then.
    overwrite : replace files that are there.
    data_type : of the data.
    pipeline_output_name : what the pipeline calls it, where it is one of its outputs.
    training_output : which part of a training run it is.
    dataset_registration : as what dataset it is registered.
    dataset_output : the output dataset that it is.

    Raises
    ------
    PipelineError : the name is missing, or the mode is none of these.
    """

    def __init__(
        self,
        name: str,
        datastore: Any = None,
        output_name: str | None = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        is_directory: bool | None = None,
        overwrite: bool | None = None,
        data_type: Any = None,
        pipeline_output_name: str | None = None,
        training_output: Any = None,
        dataset_registration: Any = None,
        dataset_output: Any = None,
    ) -> None:
        if not name:
            raise PipelineError("An output of a step needs a name.", hint="OutputPortBinding('result')")
        self._name = str(output_name or name)
        self._datastore = datastore
        self._bind_mode = _checked(bind_mode, OUTPUT_MODES, name)
        self._path_on_compute = path_on_compute
        self._is_directory = is_directory
        self._overwrite = overwrite
        self._data_type = data_type
        self._pipeline_output_name = pipeline_output_name
        self._training_output = training_output
        self._dataset_registration = dataset_registration
        self._dataset_output = dataset_output

    @property
    def name(self) -> str:
        """What the step calls it."""
        return self._name

    @property
    def bind_mode(self) -> str:
        """``mount`` or ``upload``."""
        return self._bind_mode

    @property
    def datastore(self) -> Any:
        """Where it goes."""
        return self._datastore

    @datastore.setter
    def datastore(self, datastore: Any) -> None:
        self._datastore = datastore

    @property
    def path_on_compute(self) -> str | None:
        """Where the step writes it."""
        return self._path_on_compute

    @property
    def is_directory(self) -> bool | None:
        """Whether it is a folder."""
        return self._is_directory

    @property
    def overwrite(self) -> bool | None:
        """Whether files that are there are replaced."""
        return self._overwrite

    @property
    def data_type(self) -> Any:
        """Of the data."""
        return self._data_type

    @property
    def pipeline_output_name(self) -> str | None:
        """What the pipeline calls it."""
        return self._pipeline_output_name

    @property
    def training_output(self) -> Any:
        """Which part of a training run it is."""
        return self._training_output

    @property
    def dataset_registration(self) -> Any:
        """As what dataset it is registered."""
        return self._dataset_registration

    def __str__(self) -> str:
        return PREFIX + self._name

    def __repr__(self) -> str:
        return str(self)


def consumed_as_dataset(value: Any) -> bool:
    """Whether a step is given an input as a dataset, not as a data reference."""
    return isinstance(value, DatasetConsumptionConfig)


class Bindable:
    """Data of a pipeline that a step can read under a name and in a way of its own."""

    @property
    def name(self) -> str:
        """What it is called."""
        raise NotImplementedError

    def as_download(
        self, input_name: str | None = None, path_on_compute: str | None = None, overwrite: bool | None = None
    ) -> InputPortBinding:
        """As an input whose files are copied to the compute target before the step starts."""
        return self.create_input_binding(input_name, "download", path_on_compute, overwrite)

    def as_mount(self, input_name: str | None = None) -> InputPortBinding:
        """As an input that is read where it lies."""
        return self.create_input_binding(input_name, "mount")

    def as_input(self, input_name: str) -> InputPortBinding:
        """As an input of another name."""
        return self.create_input_binding(input_name)

    def create_input_binding(
        self,
        input_name: str | None = None,
        mode: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
    ) -> InputPortBinding:
        """As an input of a step.

        Parameters
        ----------
        input_name : what the step calls it; its own name when left out.
        mode : ``mount`` or ``download``.
        path_on_compute, overwrite : where it is copied to, and whether what is there is replaced.
        """
        return InputPortBinding(input_name or self.name, self, mode or "mount", path_on_compute, overwrite)


def _checked(mode: str, modes: tuple[str, ...], name: str) -> str:
    if mode not in modes:
        raise PipelineTypeError(f"{name!r} cannot be bound as {mode!r}.", hint=" or ".join(repr(m) for m in modes[:2]))
    return mode
