"""DatabricksStep: refused, for it runs a notebook or a script on Azure Databricks."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.step import PipelineStep

_WHAT = "a notebook or a script on Azure Databricks"
_HINT = "NotebookRunnerStep, or a PythonScriptStep with pyspark in its environment"


class _DatabricksStepBase(PipelineStep):
    """What DatabricksStep is made of in v1.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        name: Any,
        inputs: Any = None,
        outputs: Any = None,
        existing_cluster_id: Any = None,
        spark_version: Any = None,
        node_type: Any = None,
        instance_pool_id: Any = None,
        num_workers: Any = None,
        min_workers: Any = None,
        max_workers: Any = None,
        spark_env_variables: Any = None,
        spark_conf: Any = None,
        init_scripts: Any = None,
        cluster_log_dbfs_path: Any = None,
        notebook_path: Any = None,
        notebook_params: Any = None,
        python_script_path: Any = None,
        python_script_params: Any = None,
        main_class_name: Any = None,
        jar_params: Any = None,
        python_script_name: Any = None,
        source_directory: Any = None,
        hash_paths: Any = None,
        run_name: Any = None,
        timeout_seconds: Any = None,
        runconfig: Any = None,
        maven_libraries: Any = None,
        pypi_libraries: Any = None,
        egg_libraries: Any = None,
        jar_libraries: Any = None,
        rcran_libraries: Any = None,
        compute_target: Any = None,
        allow_reuse: Any = True,
        version: Any = None,
        permit_cluster_restart: Any = None,
    ) -> None:
        raise refusal("DatabricksStep", _WHAT, _HINT)


class DatabricksStep(_DatabricksStepBase):
    """In v1 a step that runs a notebook or a script on Azure Databricks.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """
