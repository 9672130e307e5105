"""``azureml.contrib.pipeline.steps``: where ParallelRunStep was before v1 took it over."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.parallel.config": "ParallelRunConfig",
        "aml_nb.core.pipelines.parallel.step": "ParallelRunStep",
    },
)
