"""``dataset``: registered by path, listed, looked into, copied, forgotten."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aml_nb import cli
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.workspace import Workspace

Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *words: str, code: int = 0) -> str:
    assert cli.main(["dataset", *words]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


@pytest.fixture(autouse=True)
def _data(home: Path) -> None:
    Path("tables").mkdir()
    for name in ("a", "b"):
        Path(f"tables/{name}.csv").write_text("n,word\n" + "".join(f"{n},{name}{n}\n" for n in range(4)))
    Path("tables/t.tsv").write_text("n\tword\n1\tx\n")
    Path("pictures").mkdir()
    Path("pictures/1.png").write_bytes(b"1")


def test_tables_and_files_are_told_by_their_names(ws: Workspace, capsys: Capture) -> None:
    said(capsys, "register", "words", "tables/*.csv", "--description", "of the lab", "--tag", "source=lab")
    said(capsys, "register", "tabs", "tables/t.tsv")
    said(capsys, "register", "pictures", "pictures")
    said(capsys, "register", "raw", "tables/a.csv", "--type", "file")
    kinds = {name: type(ws.datasets[name]) for name in ws.datasets}
    assert kinds == {"words": TabularDataset, "tabs": TabularDataset, "pictures": FileDataset, "raw": FileDataset}
    assert ws.datasets["tabs"].to_pandas_dataframe().to_dict("list") == {"n": [1], "word": ["x"]}
    told = {each["name"]: each for each in json.loads(said(capsys, "list", "--json"))}
    assert told["words"]["tags"] == {"source": "lab"} and told["words"]["type"] == "Tabular"
    assert "source=lab" in said(capsys) and said(capsys, "list", "--tag", "source=x").startswith("No datasets")
    assert [each["name"] for each in json.loads(said(capsys, "list", "--tag", "source", "--json"))] == ["words"]


def test_versions_count_up_where_that_is_wished(ws: Workspace, capsys: Capture) -> None:
    said(capsys, "register", "words", "tables/a.csv")
    assert "words" in said(capsys, "register", "words", "tables/b.csv", code=1)
    said(capsys, "register", "words", "tables/b.csv", "--create-new-version")
    assert [each["version"] for each in json.loads(said(capsys, "list", "words", "--all-versions", "--json"))] == [1, 2]
    shown = said(capsys, "show", "words:1")
    assert "a.csv" in shown and "other versions" in shown and "b.csv" not in shown
    assert "unregistered" in said(capsys, "unregister", "words") and list(ws.datasets) == []


def test_a_look_is_the_first_rows_or_files(ws: Workspace, capsys: Capture) -> None:
    ws.get_default_datastore().upload("tables", "in", show_progress=False)
    said(capsys, "register", "words", "in/*.csv", "--datastore", "workspaceblobstore")
    lines = said(capsys, "preview", "words", "--rows", "3").splitlines()
    assert [line.split() for line in lines] == [["n", "word"], ["0", "a0"], ["1", "a1"], ["2", "a2"], ["…"]]
    assert json.loads(said(capsys, "preview", "words", "--rows", "1", "--json")) == [{"n": 0, "word": "a0"}]
    assert "…" not in said(capsys, "preview", "words", "--rows", "8")
    said(capsys, "register", "files", "tables", "--type", "file")
    assert said(capsys, "preview", "files").split() == ["FILE", "/a.csv", "/b.csv", "/t.tsv"]
    assert "3 files were copied into back" in said(capsys, "download", "files", "--into", "back")
    assert sorted(os.listdir("back")) == ["a.csv", "b.csv", "t.tsv"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "word"), 1, "words"),
        (("show", "words:7"), 1, "7"),
        (("preview", "words", "--rows", "0"), 2, "at least one"),
        (("download", "words"), 2, "to_csv_files()"),
        (("register", "x", "nowhere/*.csv"), 1, "nowhere"),
        (("register", "x", "a.csv", "--datastore", "none"), 1, "workspaceblobstore"),
        (("unregister", "words:1"), 2, "together"),
        (("look",), 2, "'look' is no"),
    ],
)
def test_what_cannot_be_is_told(ws: Workspace, capsys: Capture, words: tuple[str, ...], code: int, told: str) -> None:
    said(capsys, "register", "words", "tables/a.csv")
    assert told in said(capsys, *words, code=code)
