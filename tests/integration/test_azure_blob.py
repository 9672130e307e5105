"""Datastores in a storage account, asked of Azurite: keys, tokens, refusals, and what travels."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datastore import Datastore
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError, UserErrorException
from tests import azurite
from tests.azurite import ACCOUNT, KEY

WRONG = base64.b64encode(b"x" * 64).decode()


@pytest.fixture(scope="module")
def endpoint(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("azurite")
    with azurite.running(tmp_path_factory.mktemp("azurite")) as address:
        yield address


def register(ws: Workspace, endpoint: str, container: str, name: str = "remote", **more: Any) -> Any:
    options: dict[str, Any] = {"account_key": KEY, "create_if_not_exists": True} | more
    return Datastore.register_azure_blob_container(
        ws, name, container, ACCOUNT, protocol="http", endpoint=endpoint, **options
    )


def token(container: str, permission: str) -> str:
    from azure.storage.blob import generate_container_sas

    until = datetime.now(timezone.utc) + timedelta(minutes=10)
    text: str = generate_container_sas(ACCOUNT, container, account_key=KEY, permission=permission, expiry=until)
    return text


@pytest.fixture
def folder(home: Path) -> Path:
    files = {"a.csv": "1", "sub/b.csv": "2" * 200_000, "sub/ünïcode ☃.csv": "3", "sub/a+b %20.csv": "4"}
    for name, text in files.items():
        path = Path("data", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Path("data")


def test_files_travel_there_and_back(
    ws: Workspace, endpoint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = register(ws, endpoint, "round")
    reference = store.upload("data", target_path="x/y")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Uploading an estimated of 4 files"
    assert "Uploading data/a.csv" in printed
    assert printed[-2].endswith(", 4 files out of an estimated total of 4")
    assert printed[-1] == "Uploaded 4 files"
    assert reference.path_on_datastore == "x/y"
    assert store.download("back", prefix="x/y", show_progress=False) == 4
    for path in folder.rglob("*.csv"):
        assert (Path("back/x/y") / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_what_is_there_stays_unless_it_is_to_be_replaced(
    ws: Workspace, endpoint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = register(ws, endpoint, "stays")
    store.upload_files(["data/a.csv"], target_path="x")
    Path("data/a.csv").write_text("new")
    capsys.readouterr()
    store.upload("data", target_path="x")
    assert "Target already exists. Skipping upload for x/a.csv" in capsys.readouterr().out.splitlines()
    store.download("old", prefix="x/a", show_progress=False)
    assert Path("old/x/a.csv").read_text() == "1"
    store.upload("data", target_path="x", overwrite=True, show_progress=False)
    assert store.download("old", prefix="x/a", show_progress=False) == 0
    assert Path("old/x/a.csv").read_text() == "1"
    assert store.download("old", prefix="x/a", overwrite=True, show_progress=False) == 1
    assert Path("old/x/a.csv").read_text() == "new"


def test_a_prefix_is_what_the_path_begins_with(ws: Workspace, endpoint: str, folder: Path) -> None:
    store = register(ws, endpoint, "prefix")
    store.upload("data", show_progress=False)
    assert store.download("some", prefix="su", show_progress=False) == 3
    assert store.download("one", prefix="sub/b", show_progress=False) == 1
    assert store.download("none", prefix="nothing/here", show_progress=False) == 0
    assert store.download("all", show_progress=False) == 4


def test_a_token_opens_the_container(ws: Workspace, endpoint: str, folder: Path) -> None:
    register(ws, endpoint, "token")
    store = register(
        ws, endpoint, "token", "by_token", account_key=None, sas_token="?" + token("token", "rwl"), overwrite=True
    )
    assert (store.is_sas, store.credential_type) == (True, "Sas")
    store.upload("data", show_progress=False)
    again = Workspace.get(ws.name).datastores["by_token"]
    assert again.download("back", show_progress=False) == 4


def test_a_token_that_may_only_read_is_refused_and_never_shown(ws: Workspace, endpoint: str, folder: Path) -> None:
    secret = token("readonly", "rl")
    register(ws, endpoint, "readonly")
    store = register(ws, endpoint, "readonly", "weak", account_key=None, sas_token=secret, create_if_not_exists=False)
    with pytest.raises(UserErrorException, match="weak refuses") as failure:
        store.upload("data", show_progress=False)
    assert secret.split("sig=")[1] not in str(failure.value) + repr(store)


def test_a_container_that_is_not_there(ws: Workspace, endpoint: str) -> None:
    with pytest.raises(UserErrorException, match="no container missing"):
        register(ws, endpoint, "missing", create_if_not_exists=False)
    assert "remote" not in ws.datastores
    assert ws.get_default_keyvault().list_secrets() == []
    register(ws, endpoint, "missing", create_if_not_exists=False, skip_validation=True)
    assert "remote" in ws.datastores


def test_a_key_that_does_not_open(ws: Workspace, endpoint: str) -> None:
    with pytest.raises(UserErrorException, match="does not accept the credentials|refuses"):
        register(ws, endpoint, "wrong", account_key=WRONG)
    assert "remote" not in ws.datastores


def test_an_account_that_does_not_answer_is_kept_with_a_warning(ws: Workspace, endpoint: str, folder: Path) -> None:
    with pytest.warns(UserWarning, match="could not be looked at"):
        store = register(ws, "127.0.0.1:1", "away")
    with pytest.raises(StoreError, match="remote cannot be reached"):
        store.upload("data", show_progress=False)


def test_a_new_key_replaces_the_old_one(ws: Workspace, endpoint: str, folder: Path) -> None:
    register(ws, endpoint, "keys", account_key=WRONG, create_if_not_exists=False, skip_validation=True)
    with pytest.raises(UserErrorException, match="already exists"):
        register(ws, endpoint, "keys")
    store = register(ws, endpoint, "keys", overwrite=True)
    store.upload("data", show_progress=False)
    assert ws.datastores["remote"].account_key == KEY
    assert len(ws.get_default_keyvault().list_secrets()) == 1


def test_the_key_is_in_no_table_and_no_text(ws: Workspace, endpoint: str, folder: Path) -> None:
    store = register(ws, endpoint, "secret")
    store.upload("data", show_progress=False)
    assert KEY not in repr(store) + str(vars(store)) + json.dumps(store._facts())
    tables = [path.read_bytes() for path in ws._folder.glob("*.db*")]
    assert tables
    assert not any(KEY.encode() in data for data in tables)


def test_a_name_that_leads_out_of_the_target_is_refused(ws: Workspace, endpoint: str) -> None:
    store = register(ws, endpoint, "hostile")
    from azure.storage.blob import BlobServiceClient

    from aml_nb.core.data.azure_blob import connection_string

    with BlobServiceClient.from_connection_string(connection_string(store)) as service:
        service.get_container_client("hostile").upload_blob("a/..\\..\\evil.txt", b"x")
    with pytest.raises(UserErrorException, match="leads out"):
        store.download("in/side", show_progress=False)
    assert not list(Path().rglob("evil.txt"))


def test_its_blobs_can_be_listed_with_fsspec(ws: Workspace, endpoint: str, folder: Path) -> None:
    store = register(ws, endpoint, "listed")
    store.upload("data", target_path="x", show_progress=False)
    fs, root = store._filesystem()
    assert store._local() is None
    assert f"{root}/x/a.csv" in fs.find(f"{root}/x")
    assert fs.cat_file(f"{root}/x/a.csv") == b"1"


def test_who_is_nobody_to_azure_may_try_public_containers(
    ws: Workspace, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    require("azurite")
    from aml_nb.core.data import azure_blob

    monkeypatch.setattr(azure_blob, "answers", lambda name, address: asked.append(address))
    monkeypatch.setattr(azure_blob, "has_identity", lambda: False)
    asked: list[str] = []
    store = Datastore.register_azure_blob_container(ws, "open", "public", "contoso", skip_validation=True)
    fs, root = store._filesystem()
    assert (fs.anon, fs.account_url, root) == (True, "https://contoso.blob.core.windows.net", "public")
    principal: dict[str, Any] = {"tenant_id": "t", "client_id": "c", "client_secret": "s"}
    lake = Datastore.register_azure_data_lake_gen2(ws, "lake", "files", "contoso", **principal)
    fs, root = lake._filesystem()
    assert (fs.anon, fs.client_secret, root) == (False, "s", "files")
    assert set(asked) == {"https://contoso.blob.core.windows.net"}


def test_blobs_that_are_added_or_changed_are_seen_by_a_schedule(ws: Workspace, endpoint: str, folder: Path) -> None:
    from aml_nb.core.pipelines.firing import look

    store = register(ws, endpoint, "watched")
    assert look(ws, "remote", "new") == {}
    store.upload("data", target_path="new", show_progress=False)
    before = look(ws, "remote", "new/")
    assert list(before) == ["new/a.csv"]  # what is in folders below is not looked at
    assert look(ws, "remote", "new") == before
    (folder / "a.csv").write_text("2")
    store.upload("data", target_path="new", overwrite=True, show_progress=False)
    after = look(ws, "remote", "new")
    assert list(after) == ["new/a.csv"] and after != before
    assert look(ws, "remote", None) == {}
