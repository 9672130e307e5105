"""Samples of what a model takes and gives: the first rows of a data frame or an array, kept with the model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_SHOWN = 2


def sample_of(workspace: Workspace, dataset: Any) -> tuple[str | None, Any]:
    """The id of a sample dataset, and its first rows where they can be had.

    Parameters
    ----------
    dataset : a dataset, a pandas DataFrame, a NumPy array, a list of rows, or None.

    Raises
    ------
    WebserviceException : it is none of these, or JSON cannot hold its rows.
    """
    from aml_nb.core.model.register import dataset_id

    if dataset is None:
        return None, None
    rows = _rows(dataset)
    # A data frame may have a column named id: only what is a dataset is asked for its id.
    if rows is None or hasattr(dataset, "to_pandas_dataframe"):
        return dataset_id(workspace, dataset), rows
    return None, rows


def _rows(dataset: Any) -> Any:
    if hasattr(dataset, "to_pandas_dataframe"):
        few = dataset.take(_SHOWN) if hasattr(dataset, "take") else dataset
        dataset = few.to_pandas_dataframe()
    if hasattr(dataset, "to_json") and hasattr(dataset, "head"):
        return _frame(dataset.head(_SHOWN))
    if hasattr(dataset, "tolist"):
        dataset = dataset[:_SHOWN].tolist()
    if not isinstance(dataset, list):
        return None
    try:
        return json.loads(json.dumps(dataset[:_SHOWN]))
    except (TypeError, ValueError) as error:
        raise WebserviceException(
            f"Error, JSON cannot hold the sample: {error}.", hint="a list of rows of numbers and text"
        ) from error


def _frame(head: Any) -> Any:
    """A frame as records, a series as a list."""
    if hasattr(head, "columns"):
        text = head.rename(columns=str).to_json(orient="records", date_format="iso")
    else:
        text = head.to_json(orient="values", date_format="iso")
    return json.loads(text)
