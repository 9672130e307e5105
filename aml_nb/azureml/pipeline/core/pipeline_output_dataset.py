"""``azureml.pipeline.core.pipeline_output_dataset``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.output_dataset": """
            DatasetRegistration PipelineOutputAbstractDataset PipelineOutputFileDataset PipelineOutputTabularDataset
        """
    },
)
