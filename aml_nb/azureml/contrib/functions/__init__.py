"""``azureml.contrib.functions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.image.functions": (
            "BLOB_TRIGGER HTTP_TRIGGER SERVICE_BUS_QUEUE_TRIGGER "
            "package package_blob package_http package_service_bus_queue"
        ),
    },
)
