"""``azureml.data.hdfs_datastore``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.hadoop_datastores": "HDFSDatastore",
    },
)
