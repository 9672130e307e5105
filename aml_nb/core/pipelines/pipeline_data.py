"""PipelineData: what one step writes and others read; PipelineDataset: a dataset as an input of a step."""

from __future__ import annotations

import re
from typing import Any

from aml_nb.core.data.data_reference import PREFIX
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.pipelines.bindings import Bindable
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.training_output import TrainingOutput

_MODES = ("mount", "upload")


class PipelineData(Bindable):
    """A folder or file that a step writes and that other steps read.

    As text it is the placeholder that a step's arguments carry; the path stands there when the script starts.

    Parameters
    ----------
    name : letters, digits and underscores.
    datastore : where it lies; the pipeline's default datastore when left out.
    output_name : what the step that writes it calls it.
    output_mode : ``mount`` (written to its place at once) or ``upload`` (when the step has ended).
    output_path_on_compute : where the step writes it.
    output_overwrite : of ``upload``: replace files that are there.
    data_type : of the data.
    is_directory : it is a folder, which is made before the step starts.
    pipeline_output_name : what the pipeline calls it: ``pipeline_run.get_pipeline_output(name)``.
    training_output : which part of a training run it is.

    Raises
    ------
    PipelineError : the name or the mode cannot be.
    """

    def __init__(
        self,
        name: str,
        datastore: Any = None,
        output_name: str | None = None,
        output_mode: str | None = "mount",
        output_path_on_compute: str | None = None,
        output_overwrite: bool | None = None,
        data_type: Any = None,
        is_directory: bool | None = None,
        pipeline_output_name: str | None = None,
        training_output: TrainingOutput | None = None,
    ) -> None:
        self._name = checked_name(name)
        if datastore is not None and not hasattr(datastore, "datastore_type"):
            raise PipelineTypeError(
                f"PipelineData {name!r}: datastore is {datastore!r}, which is no datastore.",
                hint="datastore=ws.get_default_datastore()",
            )
        if output_mode not in _MODES:
            raise PipelineError(
                f"Invalid output mode [{output_mode}] of PipelineData {name!r}.", hint="output_mode='mount' or 'upload'"
            )
        self._datastore = datastore
        self._output_name = checked_name(output_name) if output_name else self._name
        self._output_mode = output_mode
        self._output_path_on_compute = output_path_on_compute
        self._output_overwrite = output_overwrite
        self._data_type = data_type
        self._is_directory = is_directory
        self._pipeline_output_name = pipeline_output_name
        self._training_output = training_output
        self._registration: dict[str, Any] | None = None
        self._shared: dict[str, Any] = {}
        """``producer``: the step that writes it. Copies of an output have one dictionary, by which they are known."""

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def datastore(self) -> Any:
        """Where it lies; None for the pipeline's default datastore."""
        return self._datastore

    @property
    def data_type(self) -> Any:
        """The type of the data."""
        return self._data_type

    def get_env_variable_name(self) -> str:
        """The environment variable that holds its path in a step."""
        return f"{PREFIX[1:]}{self._output_name}"

    def as_dataset(self) -> Any:
        """The same data as a dataset: a PipelineOutputFileDataset."""
        from aml_nb.core.pipelines.output_dataset import PipelineOutputFileDataset

        return PipelineOutputFileDataset(self)

    def __str__(self) -> str:
        return PREFIX + self._output_name

    def __repr__(self) -> str:
        return str(self)


class PipelineDataset:
    """A dataset as an input of a step. Older code has it; ``dataset.as_named_input(…)`` does the same.

    Parameters
    ----------
    dataset : a dataset, its consumption, or a PipelineParameter that holds one.
    name : what the step calls it.
    bind_mode : ``direct``, ``mount`` or ``download``.
    path_on_compute, overwrite : where it goes on the compute target, and whether what is there is replaced.
    parameter_name : the PipelineParameter by which it can be told anew.
    """

    def __init__(
        self,
        dataset: Any = None,
        name: str | None = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool = False,
        parameter_name: str | None = None,
    ) -> None:
        self.validate_dataset(dataset)
        self._dataset = dataset
        self._name = name or self.default_name(dataset)
        tabular = getattr(dataset, "_kind", None) == "tabular"
        self._bind_mode = "direct" if tabular else bind_mode
        self._path_on_compute = path_on_compute
        self._overwrite = overwrite
        self._parameter_name = parameter_name

    @property
    def dataset(self) -> Any:
        """The dataset."""
        return self._dataset

    @property
    def dataset_id(self) -> str | None:
        """The dataset's id, where it is registered."""
        return self._dataset.id if self._dataset.name else None

    @property
    def dataset_version(self) -> int | None:
        """The dataset's version, where it is registered."""
        version: int | None = self._dataset.version
        return version

    @property
    def saved_dataset_id(self) -> str | None:
        """The dataset's id."""
        found: str | None = self._dataset.id
        return found

    @property
    def name(self) -> str:
        """What the step calls it."""
        return self._name

    @property
    def workspace(self) -> Any:
        """The workspace of the dataset."""
        return self._dataset._workspace

    @property
    def bind_mode(self) -> str:
        """``direct``, ``mount`` or ``download``."""
        return self._bind_mode

    @property
    def path_on_compute(self) -> str | None:
        """Where it goes on the compute target."""
        return self._path_on_compute

    @property
    def overwrite(self) -> bool:
        """Whether what is there already is replaced."""
        return self._overwrite

    @property
    def parameter_name(self) -> str | None:
        """The PipelineParameter by which it can be told anew."""
        return self._parameter_name

    @staticmethod
    def default_name(dataset: Any) -> str:
        """A name for a dataset that was given none."""
        named = re.sub(r"\W", "_", str(dataset.name or ""), flags=re.ASCII)
        return named if re.match(r"[A-Za-z_]", named) else f"dataset_{named or (dataset.id or 'unnamed')[:8]}"

    @staticmethod
    def is_dataset(dset: Any) -> bool:
        """Whether it is a dataset."""
        return isinstance(dset, AbstractDataset)

    @staticmethod
    def validate_dataset(dset: Any) -> None:
        """PipelineTypeError unless it is a dataset."""
        if not isinstance(dset, AbstractDataset):
            raise PipelineTypeError(f"{dset!r} is no dataset.", hint="Dataset.get_by_name(ws, 'name')")

    @staticmethod
    def create(dataset: Any, name: str | None = None, parameter_name: str | None = None) -> PipelineDataset:
        """Of a dataset, its consumption, or a PipelineParameter that holds one."""
        if isinstance(dataset, PipelineDataset):
            return dataset
        if isinstance(dataset, PipelineParameter):
            return PipelineDataset.create(dataset.default_value, name, dataset.name)
        if isinstance(dataset, DatasetConsumptionConfig):
            inner = PipelineDataset.create(dataset.dataset, name or dataset.name, parameter_name)
            return PipelineDataset(
                inner.dataset, inner.name, dataset.mode, dataset.path_on_compute, parameter_name=inner.parameter_name
            )
        return PipelineDataset(dataset, name, parameter_name=parameter_name)

    def __str__(self) -> str:
        return f"DatasetConsumptionConfig:{self._name}"


def checked_name(name: Any) -> str:
    """The name of PipelineData, if it can be the name of a variable."""
    if not isinstance(name, str) or not re.fullmatch(r"\w+", name, re.ASCII):
        mended = re.sub(r"\W", "_", str(name), flags=re.ASCII)
        raise PipelineError(
            f"PipelineData has the name {name!r}; a name has only letters, digits and underscores.", hint=f"{mended!r}"
        )
    return name
