"""Samples that are Spark data frames."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import NotAvailableError
from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType


class SparkParameterType(AbstractParameterType):
    """A Spark data frame. Raises ImportError without pyspark, and NotAvailableError with it."""

    def __init__(self, sample_input: Any, apply_sample_schema: bool = True) -> None:
        import importlib

        importlib.import_module("pyspark")
        raise NotAvailableError(
            "SparkParameterType is not there; PandasParameterType with spark.createDataFrame(frame) does the same",
        )

    def deserialize_input(self, input_data: Any) -> Any:
        """Not there: no object of this class can be made."""
        raise NotAvailableError("SparkParameterType is not there")

    def input_to_swagger(self) -> dict[str, Any]:
        """Not there: no object of this class can be made."""
        raise NotAvailableError("SparkParameterType is not there")
