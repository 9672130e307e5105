"""AdlaStep: refused, for it runs U-SQL on Azure Data Lake Analytics."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.step import PipelineStep

_WHAT = "U-SQL on Azure Data Lake Analytics"
_HINT = "a PythonScriptStep that reads the files with DuckDB or pandas"


class _AdlaStepBase(PipelineStep):
    """What AdlaStep is made of in v1.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        script_name: Any,
        name: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Any = None,
        degree_of_parallelism: Any = None,
        priority: Any = None,
        runtime_version: Any = None,
        compute_target: Any = None,
        source_directory: Any = None,
        allow_reuse: Any = True,
        version: Any = None,
        hash_paths: Any = None,
    ) -> None:
        raise refusal("AdlaStep", _WHAT, _HINT)


class AdlaStep(_AdlaStepBase):
    """In v1 a step that runs U-SQL on Azure Data Lake Analytics.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """
