"""``azureml.pipeline.core.graph``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.bindings": "InputPortBinding OutputPortBinding",
        "aml_nb.core.pipelines.definitions": "DataSource DataSourceDef Module ModuleDef",
        "aml_nb.core.pipelines.node_graph": "Graph",
        "aml_nb.core.pipelines.nodes": "DataSourceNode Edge InputPort ModuleNode Node OutputPort",
        "aml_nb.core.pipelines.parameters": "PipelineParameter",
        "aml_nb.core.pipelines.pipeline_data": "PipelineDataset",
        "aml_nb.core.data.stored_procedure_parameter": "StoredProcedureParameter StoredProcedureParameterType",
        "aml_nb.core.pipelines.port_data": "PortDataReference",
        "aml_nb.core.pipelines.port_defs": "InputPortDef OutputPortDef Param ParamDef",
        "aml_nb.core.pipelines.published": "PublishedPipeline",
        "aml_nb.core.pipelines.training_output": "TrainingOutput",
    },
)
