"""What the nodes of v1's graph are made of: modules and sources of data, as they are defined."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef, ParamDef

if TYPE_CHECKING:
    from collections.abc import Sequence


class ModuleDef:
    """What a step does, apart from the pipeline that it is in.

    Parameters
    ----------
    name, description, version : of it.
    input_port_defs, output_port_defs, param_defs : what it reads, writes and is told.
    module_execution_type, module_type, step_type : of what kind it is.
    create_sequencing_ports : taken for v1's sake.
    allow_reuse : whether outputs of an earlier run are taken where nothing has changed.
    arguments, runconfig, cloud_settings : how it is run.
    """

    fake_output_name = "_run_after_output"
    fake_input_prefix = "_run_after_input_"

    def __init__(
        self,
        name: str,
        description: str | None = None,
        input_port_defs: Sequence[InputPortDef] | None = None,
        output_port_defs: Sequence[OutputPortDef] | None = None,
        param_defs: Sequence[ParamDef] | None = None,
        module_execution_type: str | None = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        module_type: str | None = None,
        step_type: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> None:
        self._name, self._description, self._version = name, description, version
        self._inputs = list(input_port_defs or ())
        self._outputs = list(output_port_defs or ())
        self._params = list(param_defs or ())
        self._execution_type, self._module_type, self._step_type = module_execution_type, module_type, step_type
        self._allow_reuse = bool(allow_reuse)
        self._arguments, self._runconfig, self._cloud_settings = arguments, runconfig, cloud_settings

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._description

    @property
    def input_port_defs(self) -> list[InputPortDef]:
        """What it reads."""
        return list(self._inputs)

    @property
    def output_port_defs(self) -> list[OutputPortDef]:
        """What it writes."""
        return list(self._outputs)

    @property
    def param_defs(self) -> list[ParamDef]:
        """What it is told."""
        return list(self._params)

    @property
    def module_execution_type(self) -> str | None:
        """How it runs."""
        return self._execution_type

    @property
    def allow_reuse(self) -> bool:
        """Whether outputs of an earlier run are taken where nothing has changed."""
        return self._allow_reuse

    @property
    def module_type(self) -> str | None:
        """Of what kind it is."""
        return self._module_type

    @property
    def step_type(self) -> str | None:
        """The class of the step, such as ``PythonScriptStep``."""
        return self._step_type

    @property
    def runconfig(self) -> Any:
        """The run configuration that it runs with."""
        return self._runconfig

    @property
    def cloud_settings(self) -> Any:
        """Nothing here."""
        return self._cloud_settings

    def calculate_hash(self) -> str:
        """What it is known by: equal for equal definitions."""
        told = [
            self._name, self._execution_type, self._step_type, self._version, self._arguments, self._runconfig,
            [port._to_dict() for port in self._inputs], [port._to_dict() for port in self._outputs],
            [[param.name, param.default_value] for param in self._params],
        ]  # fmt: skip
        return _hash(told)

    def add_fake_sequencing_input_port(self) -> InputPortDef:
        """One more input by which the step waits for another one, whose output it does not read."""
        there = sum(port.name.startswith(self.fake_input_prefix) for port in self._inputs)
        port = InputPortDef(f"{self.fake_input_prefix}{there}")
        self._inputs.append(port)
        return port

    def __repr__(self) -> str:
        return f"ModuleDef(name={self._name!r}, step_type={self._step_type!r})"


class Module:
    """What a step does, as the pipeline knows it.

    Parameters
    ----------
    module_id : its id: equal for equal steps.
    module_def : what it is.
    module_version, default_version : taken for v1's sake.
    """

    def __init__(
        self,
        module_id: str,
        module_def: ModuleDef | None = None,
        module_version: Any = None,
        default_version: str | None = None,
    ) -> None:
        self.id = module_id
        self.module_def = module_def
        self.module_version = module_version
        self.default_version = default_version


class DataSourceDef:
    """Data that is there before the pipeline runs.

    Parameters
    ----------
    name, description, data_type_id : of it.
    datastore_name, path_on_datastore : where it lies.
    sql_table, sql_query, sql_stored_procedure, sql_stored_procedure_params : which part of a database it is.
    pipeline_dataset : the dataset that it is.
    """

    def __init__(
        self,
        name: str,
        description: str | None = None,
        data_type_id: str | None = None,
        datastore_name: str | None = None,
        path_on_datastore: str | None = None,
        sql_table: str | None = None,
        sql_query: str | None = None,
        sql_stored_procedure: str | None = None,
        sql_stored_procedure_params: Any = None,
        pipeline_dataset: Any = None,
    ) -> None:
        self._name, self._description, self._data_type_id = name, description, data_type_id
        self.datastore_name, self.path_on_datastore = datastore_name, path_on_datastore
        self.sql_table, self.sql_query = sql_table, sql_query
        self.sql_stored_procedure = sql_stored_procedure
        self.sql_stored_procedure_params = sql_stored_procedure_params
        self._pipeline_dataset = pipeline_dataset

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it is."""
        return self._description

    @property
    def data_type_id(self) -> str | None:
        """Of what type it is."""
        return self._data_type_id

    @property
    def output_port_def(self) -> OutputPortDef:
        """By what steps read it."""
        return OutputPortDef(DataSource.DATASOURCE_PORT_NAME, default_datastore_name=self.datastore_name)

    def calculate_hash(self) -> str:
        """What it is known by: equal for equal places."""
        procedure = [self.sql_stored_procedure, self.sql_stored_procedure_params]
        dataset = getattr(self._pipeline_dataset, "dataset_id", None)
        return _hash([self.datastore_name, self.path_on_datastore, self.sql_table, self.sql_query, procedure, dataset])

    @staticmethod
    def create_from_data_reference(data_reference: Any) -> DataSourceDef:
        """The definition of what a DataReference refers to.

        Parameters
        ----------
        data_reference : a DataReference.
        """
        return DataSourceDef(
            data_reference.data_reference_name,
            datastore_name=data_reference.datastore.name,
            path_on_datastore=data_reference.path_on_datastore,
        )

    def __repr__(self) -> str:
        return f"DataSourceDef(name={self._name!r})"


class DataSource:
    """Data that is there before the pipeline runs, as the pipeline knows it.

    Parameters
    ----------
    datasource_id : its id.
    datasource_def : what it is.
    """

    DATASOURCE_PORT_NAME = "data"

    def __init__(self, datasource_id: str, datasource_def: DataSourceDef) -> None:
        self.id = datasource_id
        self.datasource_def = datasource_def


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
