"""HDInsightStep: refused, for it runs Spark on Azure HDInsight."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.step import PipelineStep

_WHAT = "Spark on Azure HDInsight"
_HINT = "a PythonScriptStep with pyspark in its environment"


class _HDInsightStepBase(PipelineStep):
    """What HDInsightStep is made of in v1.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        file: Any,
        compute_target: Any,
        class_name: Any = None,
        args: Any = None,
        name: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        app_name: Any = None,
        driver_memory: Any = None,
        driver_cores: Any = None,
        executor_memory: Any = None,
        executor_cores: Any = None,
        num_executors: Any = None,
        conf: Any = None,
        jars: Any = None,
        py_files: Any = None,
        files: Any = None,
        archives: Any = None,
        source_directory: Any = None,
        queue: Any = "default",
        allow_reuse: Any = True,
        version: Any = None,
    ) -> None:
        raise refusal("HDInsightStep", _WHAT, _HINT)


class _HDInsightStep(_HDInsightStepBase):
    """In v1 a step that runs Spark on Azure HDInsight.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """
