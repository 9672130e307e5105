"""``azureml.data.dataset_type_definitions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.type_definitions": """
            FileEncoding FileType HistogramCompareMethod PromoteHeadersBehavior SkipLinesBehavior
        """,
    },
)
