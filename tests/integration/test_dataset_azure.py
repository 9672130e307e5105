"""Tables in a storage account: they are registered, read in part and as a whole, and written there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.workspace import Workspace
from tests import azurite
from tests.azurite import ACCOUNT, KEY


@pytest.fixture(scope="module")
def endpoint(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("azurite")
    with azurite.running(tmp_path_factory.mktemp("azurite")) as address:
        yield address


@pytest.fixture
def store(ws: Workspace, endpoint: str) -> Any:
    options = {"account_key": KEY, "create_if_not_exists": True, "protocol": "http", "endpoint": endpoint}
    return Datastore.register_azure_blob_container(ws, "remote", "tables", ACCOUNT, **options)


def test_tables_in_an_account(ws: Workspace, store: Any) -> None:
    for day in (1, 2):
        folder = Path(f"up/2020-01-0{day}")
        folder.mkdir(parents=True)
        rows = "".join(f"{number},é {number}\n" for number in range(5000))
        (folder / "rows.csv").write_text(f"n,s\n{rows}", encoding="utf-8")
    store.upload("up", "csv", show_progress=False)
    dataset = Dataset.Tabular.from_delimited_files(
        (store, "csv/**/*.csv"), include_path=True, partition_format="/{day:yyyy-MM-dd}/rows.csv"
    ).register(ws, "remote rows")
    frame = dataset.to_pandas_dataframe()
    assert len(frame) == 10_000 and frame["s"].iloc[-1] == "é 4999"
    assert frame["Path"].iloc[0] == "/csv/2020-01-01/rows.csv"
    single = Dataset.Tabular.from_delimited_files((store, "csv/2020-01-01/rows.csv"))
    assert len(single.take(7).to_pandas_dataframe()) == 7
    second = dataset.filter(dataset["day"] == pd.Timestamp("2020-01-02")).take(2).to_pandas_dataframe()
    assert second["Path"].unique().tolist() == ["/csv/2020-01-02/rows.csv"]


def test_tables_are_written_there(ws: Workspace, store: Any) -> None:
    frame = pd.DataFrame({"n": range(10), "k": list("ab") * 5})
    dataset = Dataset.Tabular.register_pandas_dataframe(frame, (store, "frames"), "frame", show_progress=False)
    assert dataset.to_pandas_dataframe()["n"].tolist() == list(range(10))
    parted = dataset.partition_by(["k"], (store, "parts"), show_progress=False)
    assert parted.get_partition_key_values() == [{"k": "a"}, {"k": "b"}]
    assert sorted(parted.filter(parted["k"] == "b").to_pandas_dataframe()["n"]) == [1, 3, 5, 7, 9]
    store._filesystem()[0].rm("tables/frames", recursive=True)
    with pytest.raises(DatasetExecutionError, match=r"frames/.*has no file"):
        ws.datasets["frame"].to_pandas_dataframe()
