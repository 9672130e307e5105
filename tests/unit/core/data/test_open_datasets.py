"""Public data: what is there, and what says where it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aml_nb.azureml import opendatasets as reexported
from aml_nb.core.data import open_datasets as opendatasets
from aml_nb.errors import NotAvailableError


def test_diabetes_is_the_table_as_it_was_measured(home: Path) -> None:
    frame = opendatasets.Diabetes.get_tabular_dataset().to_pandas_dataframe()
    assert list(frame) == ["AGE", "SEX", "BMI", "BP", *(f"S{number}" for number in range(1, 7)), "Y"]
    assert frame.shape == (442, 11)
    assert frame.iloc[0].to_list() == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87, 151]
    assert frame["AGE"].dtype == frame["Y"].dtype == "int64"
    again = opendatasets.Diabetes(cols=["AGE", "Y"]).to_pandas_dataframe()
    assert again.equals(frame[["AGE", "Y"]])


def test_without_scikit_learn_it_says_where_the_table_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(NotAvailableError, match="mlsamples/diabetes"):
        opendatasets.Diabetes.get_tabular_dataset()


def test_mnist_is_four_files_of_the_web(home: Path) -> None:
    made: list[Any] = []

    def paths(dataset: Any) -> list[str]:
        made.append(dataset)
        return [source.path for source in dataset._definition.sources]

    every = paths(opendatasets.MNIST.get_file_dataset())
    assert [path.rpartition("/")[2] for path in every] == list(opendatasets.MNIST_FILES)
    assert all(path.startswith("https://") for path in every)
    assert len(paths(opendatasets.MNIST.get_file_dataset("train"))) == 2


@pytest.mark.parametrize("name", ["NycTlcGreen", "NycTlcYellow", "NoaaIsdWeather"])
def test_archives_of_years_say_where_they_are(name: str) -> None:
    cls = getattr(reexported, name)
    archive = cls(datetime(2018, 5, 1), datetime(2018, 5, 6))
    for call in (
        archive.to_pandas_dataframe,
        archive.to_spark_dataframe,
        cls.get_tabular_dataset,
        cls.get_file_dataset,
    ):
        with pytest.raises(NotAvailableError, match=rf"{name}\..*is at https://"):
            call()
