"""Registering, finding and forgetting datastores of every kind, and where their secrets are."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datastore import Datastore
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException

PRINCIPAL = {"tenant_id": "t", "client_id": "c", "client_secret": "S3cret-value"}
KINDS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "AzureBlob": (
        "register_azure_blob_container",
        {"container_name": "c", "account_name": "a", "account_key": "S3cret-value", "skip_validation": True},
        "account_key",
        {"container_name": "c", "account_name": "a", "protocol": "https", "endpoint": "core.windows.net"},
    ),
    "AzureFile": (
        "register_azure_file_share",
        {"file_share_name": "f", "account_name": "a", "sas_token": "S3cret-value", "protocol": "http"},
        "sas_token",
        {"container_name": "f", "account_name": "a", "is_sas": True, "protocol": "http", "credential_type": "Sas"},
    ),
    "AzureDataLake": (
        "register_azure_data_lake",
        {"store_name": "s", "subscription_id": "1", **PRINCIPAL},
        "client_secret",
        {"store_name": "s", "tenant_id": "t", "client_id": "c", "subscription_id": "1"},
    ),
    "AzureDataLakeGen2": (
        "register_azure_data_lake_gen2",
        {"filesystem": "f", "account_name": "a", **PRINCIPAL},
        "client_secret",
        {"container_name": "f", "account_name": "a", "tenant_id": "t", "endpoint": "core.windows.net"},
    ),
    "AzureSqlDatabase": (
        "register_azure_sql_database",
        {"server_name": "s", "database_name": "d", "username": "u", "password": "S3cret-value"},
        "password",
        {"server_name": "s", "database_name": "d", "username": "u", "auth_type": "SqlAuthentication"},
    ),
    "AzurePostgreSql": (
        "register_azure_postgre_sql",
        {"server_name": "s", "database_name": "d", "user_id": "u", "user_password": "S3cret-value", "port_number": 99},
        "user_password",
        {"server_name": "s", "user_id": "u", "port_number": "99", "enforce_ssl": True},
    ),
    "AzureMySql": (
        "register_azure_my_sql",
        {"server_name": "s", "database_name": "d", "user_id": "u", "user_password": "S3cret-value"},
        "user_password",
        {"server_name": "s", "user_id": "u", "port_number": "3306"},
    ),
    "DBFS": ("register_dbfs", {}, "", {}),
    "Hdfs": (
        "register_hdfs",
        {
            "protocol": "https",
            "namenode_address": "n:9870",
            "hdfs_server_certificate": None,
            "kerberos_realm": "R",
            "kerberos_kdc_address": "k",
            "kerberos_principal": "p",
            "kerberos_password": "S3cret-value",
        },
        "credential_value",
        {"namenode_address": "n:9870", "credential_type": "KerberosPassword"},
    ),
    "Url": (
        "register_url",
        {"url": "sftp://user:S3cret-value@host/path", "port": 22},
        "url",
        {"options": {"port": 22}},
    ),
}


def vault_names(ws: Workspace) -> list[str]:
    return [secret["name"] for secret in ws.get_default_keyvault().list_secrets()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_registration_is_kept_and_its_secret_is_not_shown(ws: Workspace, kind: str) -> None:
    call, arguments, secret, facts = KINDS[kind]
    made = getattr(Datastore, call)(workspace=ws, datastore_name="my_store", **arguments)
    kept = Workspace.get(ws.name).datastores["my_store"]
    stores: list[Any] = [made, kept, Datastore(ws, "my_store"), Datastore.get(ws, "my_store")]
    for store in stores:
        assert (type(store), store.name, store.datastore_type) == (type(made), "my_store", kind)
        assert {name: getattr(store, name) for name in facts} == facts
        assert not secret or "S3cret-value" in getattr(store, secret)
        assert "S3cret-value" not in f"{store!r} {store} {vars(store)}"
    assert not any(b"S3cret-value" in path.read_bytes() for path in ws._folder.glob("*.db*"))
    assert len(vault_names(ws)) == bool(secret)
    kept.unregister()
    assert list(ws.datastores) == ["workspaceblobstore", "workspacefilestore"]
    assert vault_names(ws) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("AzureBlob", "AzureDataLakeGen2", "Url")])
def test_storage_that_cannot_be_reached_says_so_when_it_is_used(ws: Workspace, kind: str) -> None:
    call, arguments, _, _ = KINDS[kind]
    store = getattr(Datastore, call)(ws, "my_store", **arguments)
    with pytest.raises(NotAvailableError, match="my_store"):
        store._filesystem()
    assert store._local() is None


def test_a_file_share_elsewhere_takes_no_upload(ws: Workspace) -> None:
    store = Datastore.register_azure_file_share(ws, "share", "f", "a", account_key="k")
    Path("data").mkdir()
    with pytest.raises(NotAvailableError, match="register_local_folder|file share"):
        store.upload("data")
    assert store.path("x").as_mount().path_on_datastore == "x"


def test_a_name_is_taken_once(ws: Workspace) -> None:
    Datastore.register_azure_my_sql(ws, "db", "s", "d", "u", "one")
    with pytest.raises(UserErrorException, match="Another datastore with the same name already exists"):
        Datastore.register_azure_my_sql(ws, "db", "s2", "d", "u", "two")
    assert (ws.datastores["db"].server_name, ws.datastores["db"].user_password) == ("s", "one")
    Datastore.register_azure_postgre_sql(ws, "db", "s3", "d", "u", "three", overwrite=True)
    assert ws.datastores["db"].user_password == "three"
    assert ws.datastores["db"].datastore_type == "AzurePostgreSql"
    assert len(vault_names(ws)) == 1


def test_a_race_for_a_name_leaves_one_with_its_own_secret(ws: Workspace) -> None:
    assert len(ws.datastores) == 2

    def register(number: int) -> None:
        Datastore.register_azure_my_sql(ws, "db", f"s{number}", "d", "u", f"secret{number}", overwrite=True)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(register, range(12)))
    store = ws.datastores["db"]
    assert store.user_password == store.server_name.replace("s", "secret")
    assert len(vault_names(ws)) == 1


@pytest.mark.parametrize("name", ["a-b", "", "a b", "../x", "ä"])
def test_a_bad_name(ws: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException, match="invalid"):
        Datastore.register_dbfs(ws, name)


def test_the_workspaces_own_stay(ws: Workspace) -> None:
    for name, store in ws.datastores.items():
        with pytest.raises(UserErrorException, match="own"):
            store.unregister()
        with pytest.raises(UserErrorException, match="own"):
            Datastore.register_azure_my_sql(ws, name, "s", "d", "u", "p", overwrite=True)
    assert ws.get_default_datastore().datastore_type == "AzureBlob"
    assert ws.datastores["workspacefilestore"].datastore_type == "AzureFile"


def test_the_default_follows_and_falls_back(ws: Workspace) -> None:
    Path("mine").mkdir()
    store = Datastore.register_local_folder(ws, "mine", "mine")
    store.set_as_default()
    assert (Datastore(ws).name, ws.get_default_datastore().name) == ("mine", "mine")
    store.unregister()
    assert ws.get_default_datastore().name == "workspaceblobstore"
    with pytest.raises(UserErrorException, match="no datastore named mine"):
        store.set_as_default()
    with pytest.raises(UserErrorException, match="any more"):
        store.unregister()


def test_the_default_container_under_a_second_name_is_the_same_folder(ws: Workspace) -> None:
    first = ws.get_default_datastore()
    second = Datastore.register_azure_blob_container(
        ws, "second", first.container_name, first.account_name, account_key=first.account_key
    )
    assert second._local() == first._local()
    assert ws.datastores["second"]._local("a/b") == first._local("a/b")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda ws: Datastore.register_azure_blob_container(ws, "a", "", "b"), "container_name"),
        (lambda ws: Datastore.register_azure_blob_container(ws, "a", "b", None), "account_name"),
        (lambda ws: Datastore.register_azure_file_share(ws, "a", "b", "c"), "account key or a SAS token"),
        (lambda ws: Datastore.register_azure_data_lake(ws, "a", "b", tenant_id="t"), "client_id and client_secret"),
        (lambda ws: Datastore.register_azure_sql_database(ws, "a", "b", "c", username="u"), "two parts"),
        (
            lambda ws: Datastore.register_azure_sql_database(
                ws, "a", "b", "c", username="u", password="p", **PRINCIPAL
            ),
            "not by both",
        ),
        (lambda ws: Datastore.register_hdfs(ws, "a", "http", "n", None, "r", "k", "p"), "key table or a password"),
        (
            lambda ws: Datastore.register_hdfs(ws, "a", "http", "n", "none.pem", "r", "k", "p", kerberos_password="x"),
            "none.pem cannot be read",
        ),
        (lambda ws: Datastore.register_local_folder(ws, "a", "none"), "no folder none"),
        (lambda ws: Datastore.register_url(ws, "a", "just/a/path"), "no URL"),
        (lambda ws: Datastore.get(ws, "none"), "There are: workspaceblobstore, workspacefilestore"),
    ],
)
def test_what_the_user_got_wrong(ws: Workspace, call: Any, text: str) -> None:
    with pytest.raises(UserErrorException, match=text):
        call(ws)
    assert len(ws.datastores) == 2
    assert vault_names(ws) == []


def test_a_storage_that_cannot_be_asked_is_kept_with_a_warning(ws: Workspace) -> None:
    with pytest.warns(UserWarning, match="could not be looked at"):
        store = Datastore.register_azure_blob_container(ws, "a", "b", "c", protocol="http", endpoint="127.0.0.1:1")
    assert store.credential_type == "None"
    assert "a" in ws.datastores


def test_a_key_table_is_kept_as_text(ws: Workspace) -> None:
    Path("user.keytab").write_bytes(b"\0\1")
    store = Datastore.register_hdfs(ws, "a", "http", "n", "user.keytab", "r", "k", "p", kerberos_keytab="user.keytab")
    assert (store.credential_type, store.credential_value) == ("KerberosKeytab", "AAE=")
    assert ws.datastores["a"].hdfs_server_certificate_data == "AAE="


def test_a_url_through_fsspec(ws: Workspace) -> None:
    Path("data").mkdir()
    Path("data/a.csv").write_text("1")
    store = Datastore.register_url(ws, "memory", "memory://bucket/some")
    store.upload("data", "x", show_progress=False)
    store.upload("data", "x", show_progress=False)
    fs, root = ws.datastores["memory"]._filesystem()
    assert fs.cat_file(f"{root}/x/a.csv") == b"1"
    assert store.download("back", show_progress=False) == 1
    assert Path("back/x/a.csv").read_text() == "1"
    assert Path(Datastore.register_url(ws, "here", f"file://{Path('data').absolute()}").folder).is_dir()


def test_a_url_whose_package_is_missing(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    store = Datastore.register_url(ws, "cloud", "gs://bucket/path")
    with pytest.raises(NotAvailableError, match="cloud at gs://bucket/path needs a package"):
        store.download("back")


def test_without_adlfs_the_words_name_what_to_install(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from aml_nb.core.data import azure_blob

    azure_blob._file_system.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "adlfs", None)
    store = Datastore.register_azure_blob_container(ws, "a", "b", "c", account_key="k", skip_validation=True)
    Path("data").mkdir()
    with pytest.raises(NotAvailableError, match="adlfs") as failure:
        store.upload("data")
    assert "aml_nb[azure]" in str(failure.value.hint)
    lake = Datastore.register_azure_data_lake_gen2(ws, "lake", "f", "a")
    with pytest.raises(NotAvailableError, match="adlfs"):
        lake._filesystem()


def test_the_class_is_not_what_it_gives(ws: Workspace) -> None:
    assert not isinstance(Datastore(ws), Datastore)
    bare = object.__new__(Datastore)
    for call in (bare.unregister, bare.set_as_default):
        with pytest.raises(UserErrorException, match="called on a datastore"):
            call()


def test_v1s_form_of_a_storage_datastore(ws: Workspace) -> None:
    facts = json.loads(repr(ws.get_default_datastore()))
    assert list(facts) == ["name", "container_name", "account_name", "protocol", "endpoint"]
    assert facts["container_name"].startswith("azureml-blobstore-")


def test_a_configuration_that_holds_a_datastore_can_be_copied(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    reference = copy.deepcopy(store.path("x").as_download())
    assert (reference.datastore, reference.mode) == (store, "download")


def test_the_clients_of_a_library_that_is_no_more(ws: Workspace) -> None:
    for store, name in zip(ws.datastores.values(), ("blob_service", "file_service"), strict=True):
        with pytest.raises(NotAvailableError, match=name):
            getattr(store, name)
