"""The data of a configuration on its way to the driver: datasets by their ids, tables as files."""

from __future__ import annotations

import pickle
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aml_nb.core.automl.exceptions import ConfigException, DataException
from aml_nb.core.automl.settings import Settings
from aml_nb.errors import UserErrorException

FOLDER = "automl"
"""The folder below the run's that holds its data, and what the iterations make of them."""
TABLES = ("training_data", "validation_data", "test_data")


def describe(data: dict[str, Any], workspace: Any, folder: Path) -> dict[str, Any]:
    """What JSON can say of the data; what it cannot is written into ``folder``."""
    return {name: _described(name, value, workspace, folder) for name, value in data.items() if value is not None}


def restore(told: dict[str, Any], workspace: Any, folder: Path) -> dict[str, Any]:
    """The data as pandas and NumPy have them."""
    return {name: _restored(one, workspace, folder) for name, one in told.items()}


def check_columns(data: dict[str, Any], settings: Settings) -> None:
    """That tables are tables and have the named columns, as far as can be told without reading everything.

    Raises
    ------
    ConfigException : something is no table.
    DataException : a column is not there.
    """
    for name in TABLES:
        if data[name] is not None:
            _check_table(name, data[name])
            check_names(columns_of(data[name]), settings, name)


def columns_of(table: Any) -> list[Any]:
    """The names of a table's columns."""
    dataset = dataset_of(table)
    return list((dataset.take(1).to_pandas_dataframe() if dataset is not None else table).columns)


def check_names(columns: list[Any], settings: Settings, table: str) -> None:
    """That the columns that the settings name are among these."""
    wanted = {"label_column_name": settings["label_column_name"], "weight_column_name": settings["weight_column_name"]}
    if table == "test_data":  # it may do without: then there are predictions and no metrics
        return
    if table == "training_data":
        splits = settings["cv_split_column_names"] or []
        wanted |= {f"cv_split_column_names[{n}]": name for n, name in enumerate(splits)}
    for setting, name in wanted.items():
        if name is None or name in columns:
            continue
        near = get_close_matches(str(name), [str(column) for column in columns], n=1)
        near = near or [str(column) for column in columns if str(column).lower() == str(name).lower()]
        shown = ", ".join(map(str, columns[:30])) + (f" and {len(columns) - 30} more" if len(columns) > 30 else "")
        raise DataException(
            f"{table} has no column {name!r}, which {setting} names. Its columns are {shown}.",
            target=setting,
            hint=f"{setting.partition('[')[0]}={near[0]!r}" if near else "print(dataset.take(3).to_pandas_dataframe())",
        )


def dataset_of(value: Any) -> Any:
    """The tabular dataset, of one that was given a name as input too; None for anything else."""
    from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset

    inner = value.dataset if isinstance(value, DatasetConsumptionConfig) else value
    return inner if isinstance(inner, TabularDataset) else None


def used(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The datasets among the data, as a run's record keeps what it has read."""
    return [
        {
            "dataset": {"id": one["dataset"]},
            "consumptionDetails": {"type": "RunInput", "inputName": name, "mechanism": "Direct"},
        }
        for name, one in told.items()
        if "dataset" in one
    ]


def _described(name: str, value: Any, workspace: Any, folder: Path) -> dict[str, Any]:
    dataset = dataset_of(value)
    if dataset is not None:
        from aml_nb.core.data.datasets.registry import save

        return {"dataset": save(dataset, workspace)}
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.pkl", "wb") as file:
        pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)
    return {"file": f"{name}.pkl"}


def _check_table(name: str, value: Any) -> None:
    if dataset_of(value) is not None or (hasattr(value, "columns") and hasattr(value, "iloc")):
        return
    what = f"{value!r}" if isinstance(value, (str, Path)) else f"a {type(value).__name__}"
    raise ConfigException(
        f"{name} is a tabular dataset or a data frame, not {what}.",
        target=name,
        hint=f"{name}=Dataset.Tabular.from_delimited_files((datastore, 'data.csv'))",
    )


def _restored(told: dict[str, Any], workspace: Any, folder: Path) -> Any:
    if "file" in told:
        with open(folder / told["file"], "rb") as file:
            return pickle.load(file)
    from aml_nb.core.data.datasets.registry import get_by_id

    try:
        return get_by_id(workspace, told["dataset"]).to_pandas_dataframe()
    except UserErrorException as error:
        raise DataException(f"The dataset cannot be read: {error.message}", hint=error.hint) from error
