"""``datastore``: listed, registered, filled, emptied into folders, forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aml_nb import cli
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.workspace import Workspace

Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *words: str, code: int = 0) -> str:
    assert cli.main(["datastore", *words]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_files_go_in_and_out(ws: Workspace, capsys: Capture) -> None:
    Path("data").mkdir()
    Path("data/a.csv").write_text("1")
    assert "Uploaded data/a.csv, 1 files out of an estimated total of 1" in said(
        capsys, "upload", "data", "--to", "wine"
    )
    said(capsys, "upload", "data/a.csv", "--to", "single", "--store", "workspacefilestore")
    assert said(capsys, "files").split() == ["PATH", "wine/a.csv"]
    assert json.loads(said(capsys, "files", "--store", "workspacefilestore", "--json")) == ["single/a.csv"]
    assert "1 file was copied into back" in said(capsys, "download", "wine", "--into", "back")
    assert Path("back/wine/a.csv").read_text() == "1"
    assert "No files here yet" in said(capsys, "files", "--prefix", "none")


def test_one_is_registered_chosen_shown_and_forgotten(ws: Workspace, capsys: Capture) -> None:
    Path("mine").mkdir()
    assert str(Path("mine").absolute()) in said(capsys, "register", "mine", "mine", "--default")
    listed = said(capsys)
    assert "workspaceblobstore" in listed and "LocalFolder" in listed
    assert [store["name"] for store in json.loads(said(capsys, "list", "--json")) if store["default"]] == ["mine"]
    assert "default" not in said(capsys, "show", "workspaceblobstore")
    said(capsys, "default", "workspacefilestore")
    assert ws.get_default_datastore().name == "workspacefilestore"
    assert "its data stays where it is" in said(capsys, "unregister", "mine")
    assert "mine" not in ws.datastores


def test_secrets_are_not_shown(ws: Workspace, capsys: Capture) -> None:
    Datastore.register_url(ws, "remote", "sftp://user:S3cret@host/path")
    Datastore.register_azure_file_share(ws, "share", "f", "account", account_key="S3cret")
    for words in ([], ["show", "remote"], ["show", "share"], ["list", "--json"], ["show", "share", "--json"]):
        text = said(capsys, *words)
        assert "S3cret" not in text and ("host" in text or "account" in text)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "workspaceblobstor"), 1, "There are: workspaceblobstore, workspacefilestore"),
        (("upload", "none"), 1, "none is not there"),
        (("register", "a-b", "."), 1, "letters, digits and underscores"),
        (("register", "x", "none"), 1, "no folder none"),
        (("unregister", "workspaceblobstore"), 1, "stays"),
        (("copy",), 2, "'copy' is no"),
    ],
)
def test_what_cannot_be_is_told(ws: Workspace, capsys: Capture, words: tuple[str, ...], code: int, told: str) -> None:
    assert told in said(capsys, *words, code=code)
