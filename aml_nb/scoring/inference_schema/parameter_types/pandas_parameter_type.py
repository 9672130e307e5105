"""Samples that are pandas data frames."""

from __future__ import annotations

import io
import json
from typing import Any

from aml_nb.scoring.inference_schema.parameter_types._describe import schema_of
from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

ORIENTS = ("split", "records", "index", "columns", "values", "table")


class PandasParameterType(AbstractParameterType):
    """A pandas data frame, sent as JSON in one of pandas' orientations.

    Parameters
    ----------
    sample_input : a data frame like those that run() will get.
    enforce_column_type : convert each column to the sample's dtype.
    enforce_shape : insist on the sample's number of columns.
    apply_column_names : give the columns the sample's names, in their order.
    orient : split, records, index, columns, values or table.
    """

    def __init__(
        self,
        sample_input: Any,
        enforce_column_type: bool = True,
        enforce_shape: bool = True,
        apply_column_names: bool = False,
        orient: str = "records",
    ) -> None:
        import pandas as pd

        if not isinstance(sample_input, pd.DataFrame):
            raise ValueError(f"The sample must be a pandas DataFrame, not {type(sample_input).__name__}")
        if orient not in ORIENTS:
            raise ValueError(f"orient is one of {', '.join(ORIENTS)}, not {orient!r}")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        self.apply_column_names = apply_column_names
        self.orient = orient

    def deserialize_input(self, input_data: Any) -> Any:
        """Make a data frame of ``input_data``."""
        frame = self._read(input_data)
        sample = self.sample_input
        names = {str(label): label for label in sample.columns}
        frame = frame.rename(columns=lambda label: names.get(label, label))
        if self.apply_column_names:
            self._check_columns(frame)
            frame.columns = sample.columns
        elif self.enforce_shape:
            self._check_columns(frame)
        if self.enforce_column_type:
            for position, label in enumerate(frame.columns):
                dtype = sample.dtypes[label] if label in sample.columns else object
                frame.isetitem(position, _cast(frame.iloc[:, position], dtype, label))
        return frame

    def _read(self, data: Any) -> Any:
        import pandas as pd

        if isinstance(data, pd.DataFrame):
            return data.copy()
        if not isinstance(data, (list, dict)):
            raise ValueError(f"A data frame (orient {self.orient!r}) cannot be made of {type(data).__name__}")
        if self.orient in ("split", "index", "table") and not isinstance(data, dict):
            raise ValueError(f"A data frame with orient {self.orient!r} is sent as a JSON object")
        if self.orient == "split":
            return self._read_split(data)
        if self.orient == "table":
            return pd.read_json(io.StringIO(json.dumps(data)), orient="table")
        if self.orient == "index":
            return self._with_index(pd.DataFrame.from_dict(data, orient="index"))
        return self._with_index(pd.DataFrame(data))

    def _read_split(self, data: Any) -> Any:
        import pandas as pd

        if "data" not in data:
            raise ValueError('A data frame with orient \'split\' is sent as {"columns": …, "data": …}')
        return pd.DataFrame(data["data"], columns=data.get("columns"), index=data.get("index"))

    def _with_index(self, frame: Any) -> Any:
        """JSON has text for keys; where the sample's index has numbers they become numbers again."""
        if frame.index.dtype.kind == "i" or self.sample_input.index.dtype.kind != "i":
            return frame
        try:
            frame.index = frame.index.astype("int64")
        except (TypeError, ValueError):
            pass
        return frame

    def _check_columns(self, frame: Any) -> None:
        expected = self.sample_input.shape[1]
        if frame.shape[1] != expected:
            raise ValueError(
                f"Invalid input data frame: data frame has size {frame.shape[1]} on dimension #1, "
                f"while expected value is {expected} (columns {', '.join(map(str, self.sample_input.columns))})"
            )

    def input_to_swagger(self) -> dict[str, Any]:
        """The schema of the sample."""
        text = self.sample_input.to_json(orient=self.orient, date_format="iso")
        example = json.loads(text)
        if self.orient == "records":
            schema: dict[str, Any] = {"type": "array", "items": self._record_schema(example)}
        else:
            schema = schema_of(example)
        return {**schema, "example": example, "format": f"pandas.DataFrame:{self.orient}"}

    def _record_schema(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        if not records:
            return {"type": "object"}
        schema = schema_of(records[-1])
        for label, dtype in self.sample_input.dtypes.items():
            if dtype.kind in _FORMATS:
                schema["properties"][str(label)] = {"type": "string", "format": _FORMATS[dtype.kind]}
        return schema


_FORMATS = {"M": "date-time", "m": "timedelta"}


def _cast(column: Any, dtype: Any, label: Any) -> Any:
    import pandas as pd

    try:
        if getattr(dtype, "kind", "") == "m" and column.dtype.kind not in "iuf":
            return pd.to_timedelta(column).astype(dtype)
        return column.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"column {label!r} cannot be read as {dtype}: {error}") from error
