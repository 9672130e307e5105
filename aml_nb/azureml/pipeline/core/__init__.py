"""``azureml.pipeline.core``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.bindings": "InputPortBinding OutputPortBinding",
        "aml_nb.core.pipelines.endpoint": "PipelineEndpoint",
        "aml_nb.core.pipelines.module": "Module",
        "aml_nb.core.pipelines.module_version": "ModuleVersion ModuleVersionDescriptor",
        "aml_nb.core.pipelines.parameters": "PipelineParameter",
        "aml_nb.core.pipelines.pipeline": "Pipeline",
        "aml_nb.core.pipelines.pipeline_data": "PipelineData PipelineDataset",
        "aml_nb.core.pipelines.pipeline_draft": "PipelineDraft",
        "aml_nb.core.pipelines.pipeline_run": "PipelineRun",
        "aml_nb.core.pipelines.port_data": "PortDataReference",
        "aml_nb.core.pipelines.published": "PublishedPipeline",
        "aml_nb.core.pipelines.recurrence": "ScheduleRecurrence",
        "aml_nb.core.pipelines.schedule": "Schedule",
        "aml_nb.core.pipelines.sequence": "StepSequence",
        "aml_nb.core.pipelines.step": "PipelineStep",
        "aml_nb.core.pipelines.step_run": "StepRun StepRunOutput",
        "aml_nb.core.pipelines.time_zones": "TimeZone",
        "aml_nb.core.pipelines.training_output": "TrainingOutput",
    },
)
