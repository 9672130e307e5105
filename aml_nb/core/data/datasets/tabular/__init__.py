"""Tabular datasets: a definition, of which SQL is made when rows are asked for; DuckDB answers it.

``dataset.py``      TabularDataset, which adds operations to its definition
``data_type.py``    DataType, and what a text must look like to be of one
``running.py``      from a definition to an answer: source, operations, engine
``engine.py``       one DuckDB with limits, and no way to the network
``delimited.py``, ``parquet.py``, ``json_lines.py``, ``sql_query.py``   where rows come from
``plan.py``         operations on rows, as SQL
``frame.py``        an answer as a pandas DataFrame
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset as TabularDataset


def __getattr__(name: str) -> Any:
    if name == "TabularDataset":
        from aml_nb.core.data.datasets.tabular.dataset import TabularDataset

        return TabularDataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
