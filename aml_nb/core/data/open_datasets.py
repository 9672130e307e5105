"""``azureml.opendatasets``: public data that notebooks begin with, where it can be had."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from aml_nb.errors import NotAvailableError

STORAGE = "https://azureopendatastorage.blob.core.windows.net"
MNIST_FILES = (
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
)


class MNIST:
    """Handwritten digits, from the web."""

    @staticmethod
    def get_file_dataset(dataset_filter: Any = None, enable_telemetry: bool = True) -> Any:
        """The four files as a FileDataset; they are fetched when it is downloaded or mounted."""
        from aml_nb.core.data.datasets.file_factory import FileDatasetFactory

        wanted = [name for name in MNIST_FILES if _chosen(dataset_filter, name)]
        return FileDatasetFactory.from_files([f"{STORAGE}/mnist/{name}" for name in wanted], validate=False)

    @staticmethod
    def get_tabular_dataset(dataset_filter: Any = None, enable_telemetry: bool = True) -> NoReturn:
        """Not available: the files are there as they are."""
        raise _missing("MNIST.get_tabular_dataset()", f"{STORAGE}/mnist", "MNIST.get_file_dataset()")


class Diabetes:
    """442 patients, ten measurements each, and how the disease went on: the copy that scikit-learn holds.

    Parameters
    ----------
    cols : which columns; all when left out.
    enable_telemetry : not used.
    """

    def __init__(self, cols: list[str] | None = None, enable_telemetry: bool = True) -> None:
        self.cols = cols

    @staticmethod
    def get_tabular_dataset(cols: list[str] | None = None, enable_telemetry: bool = True) -> Any:
        """The table as a TabularDataset, with the columns AGE, SEX, BMI, BP, S1 to S6 and Y."""
        from aml_nb.core.data.datasets.tabular_factory import TabularDatasetFactory

        dataset = TabularDatasetFactory.from_delimited_files(str(_diabetes()), validate=False)
        return dataset.keep_columns(cols) if cols else dataset

    def to_pandas_dataframe(self) -> Any:
        """The table as a DataFrame."""
        return self.get_tabular_dataset(self.cols).to_pandas_dataframe()


class _Archive:
    """Years of records in the web, in parts by time, which aml_nb does not fetch.

    Parameters
    ----------
    start_date, end_date : from when to when.
    cols : which columns.
    limit : how many parts at most.
    enable_telemetry : not used.
    """

    _place = ""

    def __init__(
        self,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        cols: list[str] | None = None,
        limit: int | None = -1,
        enable_telemetry: bool = True,
    ) -> None:
        self.start_date = start_date
        self.end_date = end_date
        self.cols = cols
        self.limit = limit

    def to_pandas_dataframe(self) -> NoReturn:
        """Not available."""
        raise self._elsewhere("to_pandas_dataframe()")

    def to_spark_dataframe(self) -> NoReturn:
        """Not available."""
        raise self._elsewhere("to_spark_dataframe()")

    @classmethod
    def get_tabular_dataset(
        cls,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        cols: list[str] | None = None,
        enable_telemetry: bool = True,
    ) -> NoReturn:
        """Not available."""
        raise cls._elsewhere("get_tabular_dataset()")

    @classmethod
    def get_file_dataset(
        cls, start_date: datetime | None = None, end_date: datetime | None = None, enable_telemetry: bool = True
    ) -> NoReturn:
        """Not available."""
        raise cls._elsewhere("get_file_dataset()")

    @classmethod
    def _elsewhere(cls, call: str) -> NotAvailableError:
        hint = "download the months you need, then Dataset.Tabular.from_parquet_files(the files)"
        return _missing(f"{cls.__name__}.{call}", f"{STORAGE}/{cls._place}", hint)


class NycTlcGreen(_Archive):
    """Journeys of New York's green taxis."""

    _place = "nyctlc/green"


class NycTlcYellow(_Archive):
    """Journeys of New York's yellow taxis."""

    _place = "nyctlc/yellow"


class NoaaIsdWeather(_Archive):
    """Hourly weather of the world's stations."""

    _place = "isdweatherdatacontainer/ISDWeather"


def _chosen(dataset_filter: Any, name: str) -> bool:
    """Whether a file is of the part that was asked for: ``train`` or ``test``."""
    wanted = str(getattr(dataset_filter, "name", dataset_filter) or "").lower()
    return {"train": name.startswith("train"), "test": name.startswith("t10k")}.get(wanted, True)


def _diabetes() -> Path:
    """The file with the table, which is made the first time."""
    from aml_nb.core.workspace.folder import home

    path = home() / "open-datasets" / "diabetes.csv"
    if path.is_file():
        return path
    table = _from_scikit_learn()
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{uuid.uuid4().hex}")
    table.to_csv(staged, index=False)
    os.replace(staged, path)
    return path


def _from_scikit_learn() -> Any:
    """scikit-learn's copy as it was measured, whole numbers as whole numbers."""
    try:
        from sklearn.datasets import load_diabetes

        frame = load_diabetes(as_frame=True, scaled=False).frame
    except (ImportError, TypeError) as error:  # scikit-learn before 1.1 has the scaled numbers alone
        raise _missing("Diabetes", f"{STORAGE}/mlsamples/diabetes", "pip install 'scikit-learn>=1.1'") from error
    frame = frame.rename(columns={"target": "Y"}).rename(columns=str.upper)
    whole = [name for name in frame if (frame[name] % 1 == 0).all()]
    return frame.astype(dict.fromkeys(whole, "int64"))


def _missing(what: str, where: str, hint: str) -> NotAvailableError:
    return NotAvailableError(f"{what} is not available in aml_nb; the data is at {where}.", hint=hint)
