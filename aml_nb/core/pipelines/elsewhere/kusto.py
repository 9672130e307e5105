"""KustoStep: refused, for it runs queries on Azure Data Explorer."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.step import PipelineStep

_WHAT = "queries on Azure Data Explorer"
_HINT = "a PythonScriptStep that queries it with azure-kusto-data"


class _KustoStepBase(PipelineStep):
    """What KustoStep is made of in v1.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        name: Any,
        compute_target: Any,
        database_name: Any,
        query_directory: Any,
        output: Any,
        parameter_dict: Any = None,
        allow_reuse: Any = False,
    ) -> None:
        raise refusal("KustoStep", _WHAT, _HINT)


class KustoStep(_KustoStepBase):
    """In v1 a step that runs queries on Azure Data Explorer.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """
