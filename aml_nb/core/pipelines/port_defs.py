"""What a module reads, writes and is told: v1's definitions of ports and parameters."""

from __future__ import annotations

from typing import Any

from aml_nb.core.data.data_reference import PREFIX
from aml_nb.core.pipelines.bindings import INPUT_MODES, OUTPUT_MODES
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError


class InputPortDef:
    """Something that a module reads.

    Parameters
    ----------
    name : what the module calls it.
    data_types, label : for who looks at it.
    default_datastore_mode : how it is read unless a step says so: ``mount`` or ``download``.
    default_path_on_compute, default_overwrite : where it is copied to, and whether what is there is replaced.
    is_optional : the module does without.
    default_data_reference_name, is_resource, additional_transformations, kwargs : taken for v1's sake.

    Raises
    ------
    PipelineError : there is no name.
    PipelineTypeError : the mode is none of v1's.
    """

    def __init__(
        self,
        name: str,
        data_types: Any = None,
        default_datastore_mode: str | None = None,
        default_path_on_compute: str | None = None,
        is_optional: bool = False,
        default_overwrite: bool | None = None,
        default_data_reference_name: str | None = None,
        is_resource: bool = False,
        label: str | None = None,
        additional_transformations: Any = None,
        **kwargs: Any,
    ) -> None:
        self._name = _checked_name(name, "input")
        self._data_types = data_types
        self._default_datastore_mode = _checked_mode(name, default_datastore_mode, INPUT_MODES)
        self._default_path_on_compute = default_path_on_compute
        self._is_optional = bool(is_optional)
        self._default_overwrite = default_overwrite
        self._default_data_reference_name = default_data_reference_name
        self._is_resource = bool(is_resource)
        self._label = label
        self._additional_transformations = additional_transformations

    @property
    def name(self) -> str:
        """What the module calls it."""
        return self._name

    @property
    def data_types(self) -> Any:
        """The types that it may be of."""
        return self._data_types

    @property
    def default_path_on_compute(self) -> str | None:
        """Where it is copied to unless a step says so."""
        return self._default_path_on_compute

    @property
    def is_optional(self) -> bool:
        """Whether the module does without."""
        return self._is_optional

    @property
    def default_datastore_mode(self) -> str | None:
        """How it is read unless a step says so."""
        return self._default_datastore_mode

    @property
    def default_overwrite(self) -> bool | None:
        """Whether what is there is replaced unless a step says so."""
        return self._default_overwrite

    @property
    def default_data_reference_name(self) -> str | None:
        """The name of its data reference."""
        return self._default_data_reference_name

    @property
    def is_resource(self) -> bool:
        """Whether it goes along with the script."""
        return self._is_resource

    @property
    def label(self) -> str | None:
        """For who looks at it."""
        return self._label

    @property
    def additional_transformations(self) -> Any:
        """How files are read as a table."""
        return self._additional_transformations

    def __str__(self) -> str:
        return PREFIX + self._name

    def _to_dict(self) -> dict[str, Any]:
        return {
            "name": self._name,
            "label": self._label,
            "mode": self._default_datastore_mode,
            "path_on_compute": self._default_path_on_compute,
            "overwrite": self._default_overwrite,
            "optional": self._is_optional,
        }


class OutputPortDef:
    """Something that a module writes.

    Parameters
    ----------
    name : what the module calls it.
    default_datastore_name : where it goes unless a step says so.
    default_datastore_mode : ``mount`` or ``upload``.
    default_path_on_compute, default_overwrite : where the module writes it, and whether what is there is replaced.
    is_directory : it is a folder, which is made before the module runs.
    training_output : which part of a training run it is.
    data_type, label : for who looks at it.

    Raises
    ------
    PipelineError : there is no name.
    PipelineTypeError : the mode is none of v1's.
    """

    def __init__(
        self,
        name: str,
        default_datastore_name: str | None = None,
        default_datastore_mode: str | None = None,
        default_path_on_compute: str | None = None,
        is_directory: bool = False,
        data_type: Any = None,
        default_overwrite: bool | None = None,
        training_output: Any = None,
        label: str | None = None,
    ) -> None:
        self._name = _checked_name(name, "output")
        self._default_datastore_name = default_datastore_name
        self._default_datastore_mode = _checked_mode(name, default_datastore_mode, OUTPUT_MODES)
        self._default_path_on_compute = default_path_on_compute
        self._is_directory = bool(is_directory)
        self._data_type = data_type
        self._default_overwrite = default_overwrite
        self._training_output = training_output
        self._label = label

    @property
    def name(self) -> str:
        """What the module calls it."""
        return self._name

    @property
    def default_datastore_name(self) -> str | None:
        """Where it goes unless a step says so."""
        return self._default_datastore_name

    @property
    def default_datastore_mode(self) -> str | None:
        """``mount`` or ``upload``."""
        return self._default_datastore_mode

    @property
    def default_path_on_compute(self) -> str | None:
        """Where the module writes it."""
        return self._default_path_on_compute

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder."""
        return self._is_directory

    @property
    def data_type(self) -> Any:
        """For who looks at it."""
        return self._data_type

    @property
    def default_overwrite(self) -> bool | None:
        """Whether what is there is replaced unless a step says so."""
        return self._default_overwrite

    @property
    def training_output(self) -> Any:
        """Which part of a training run it is."""
        return self._training_output

    @property
    def label(self) -> str | None:
        """For who looks at it."""
        return self._label

    def __str__(self) -> str:
        return PREFIX + self._name

    def _to_dict(self) -> dict[str, Any]:
        return {
            "name": self._name,
            "label": self._label,
            "datastore": self._default_datastore_name,
            "mode": self._default_datastore_mode,
            "path_on_compute": self._default_path_on_compute,
            "overwrite": self._default_overwrite,
            "directory": self._is_directory,
        }


class ParamDef:
    """Something that a module is told.

    Parameters
    ----------
    name : of the parameter.
    default_value : unless a step says so.
    is_metadata_param, is_optional, set_env_var, calculate_hash, env_var_override : as v1 has them.
    """

    def __init__(
        self,
        name: str,
        default_value: Any = None,
        is_metadata_param: bool = False,
        is_optional: bool = False,
        set_env_var: bool = False,
        calculate_hash: bool = True,
        env_var_override: Any = None,
    ) -> None:
        self.name = name
        self.default_value = default_value
        self.is_metadata_param = is_metadata_param
        self.is_optional = is_optional
        self.set_env_var = set_env_var
        self.calculate_hash = calculate_hash
        self.env_var_override = env_var_override


class Param:
    """A parameter of a module with its value.

    Parameters
    ----------
    param_def : which one.
    """

    def __init__(self, param_def: ParamDef) -> None:
        self.param_def = param_def
        self.name = param_def.name
        self.value = param_def.default_value
        self.set_var = param_def.set_env_var

    def set_value(self, param_value: Any) -> None:
        """Give it another value."""
        self.value = param_value

    def get_value(self) -> Any:
        """Its value."""
        return self.value


def _checked_name(name: Any, what: str) -> str:
    if not isinstance(name, str) or not name:
        raise PipelineError(f"An {what} of a module needs a name, not {name!r}.", hint="InputPortDef('data')")
    return name


def _checked_mode(name: str, mode: Any, modes: tuple[str, ...]) -> str | None:
    if mode is not None and mode not in modes:
        raise PipelineTypeError(f"{name!r} cannot be bound as {mode!r}.", hint=" or ".join(map(repr, modes[:2])))
    return mode  # type: ignore[no-any-return]
