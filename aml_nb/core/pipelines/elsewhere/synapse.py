"""SynapseSparkStep: refused, for it runs Spark on Azure Synapse."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.step import PipelineStep

_WHAT = "Spark on Azure Synapse"
_HINT = "a PythonScriptStep with pyspark in its environment"


class _SynapseSparkStepBase(PipelineStep):
    """What SynapseSparkStep is made of in v1.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        file: Any,
        source_directory: Any,
        compute_target: Any,
        driver_memory: Any,
        driver_cores: Any,
        executor_memory: Any,
        executor_cores: Any,
        num_executors: Any,
        name: Any = None,
        app_name: Any = None,
        environment: Any = None,
        arguments: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        conf: Any = None,
        py_files: Any = None,
        jars: Any = None,
        files: Any = None,
        allow_reuse: Any = True,
        version: Any = None,
    ) -> None:
        raise refusal("SynapseSparkStep", _WHAT, _HINT)


class SynapseSparkStep(_SynapseSparkStepBase):
    """In v1 a step that runs Spark on Azure Synapse.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """
