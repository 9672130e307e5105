from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest

from aml_nb.core import current
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.core.workspace import config as workspace_config
from aml_nb.core.workspace import folder as workspace_folder
from aml_nb.errors import NotAvailableError, StoreError, UserErrorException, WorkspaceException

PORTAL = {"subscription_id": "sub-1", "resource_group": "team", "workspace_name": "from-portal"}
SCOPE = "/subscriptions/sub-2/resourceGroups/other/providers/Microsoft.MachineLearningServices/workspaces/from-scope"


def test_create_and_get(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Workspace.create(
        "my-ws", subscription_id="s", resource_group="g", location="eastus", sku="basic", tags={"a": "b"}
    )
    assert capsys.readouterr().out.count("\n") == 1
    for got in (
        Workspace.get("my-ws"),
        Workspace.get("my-ws", subscription_id="s", resource_group="g"),
        Workspace("s", "g", "my-ws"),
        Workspace.list("s")["my-ws"][0],
    ):
        assert got._id == made._id
        assert (got.name, got.subscription_id, got.resource_group, got.location) == ("my-ws", "s", "g", "eastus")
        assert got.tags == {"a": "b"}
    assert repr(made) == "Workspace.create(name='my-ws', subscription_id='s', resource_group='g')"


def test_create_that_is_told_to_be_quiet(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Workspace.create("my-ws", show_output=False)
    assert capsys.readouterr().out == ""


def test_a_name_is_taken_once_unless_that_is_fine(ws: Workspace) -> None:
    with pytest.raises(WorkspaceException, match="exists already") as caught:
        Workspace.create("test-ws")
    assert "exist_ok" in str(caught.value.hint)
    assert Workspace.create("test-ws", exist_ok=True)._id == ws._id


@pytest.mark.parametrize("name", ["ab", "../evil", "a" * 34, "a/b/c", ""])
def test_a_bad_name_makes_nothing(home: Path, name: str) -> None:
    with pytest.raises(UserErrorException, match="between 3 and 33"):
        Workspace.create(name)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("address", ["..", ".", "../../../etc", "<azure-subscription-id>", "a b/c", "ü"])
def test_no_address_leads_out_of_home(home: Path, address: str) -> None:
    ws = Workspace.create("my-ws", subscription_id=address, resource_group=address, show_output=False)
    assert ws._folder.resolve().is_relative_to(home)
    assert ws._folder.parent == home / "workspaces"
    assert Workspace.get("my-ws", subscription_id=address).resource_group == address


def test_two_groups_may_have_a_workspace_of_one_name(home: Path) -> None:
    made = [Workspace.create("my-ws", resource_group=group, show_output=False) for group in ("aml_nb", "one", "two")]
    assert [ws._folder.name.partition("@")[0] for ws in made] == ["my-ws"] * 3
    assert len({ws._folder for ws in made}) == 3
    assert [ws.resource_group for ws in Workspace.list(made[0].subscription_id)["my-ws"]] == ["aml_nb", "one", "two"]


def test_an_unknown_workspace_names_those_there_are(ws: Workspace) -> None:
    for ask in (lambda: Workspace.get("nope"), lambda: Workspace("s", "g", "nope")):
        with pytest.raises(WorkspaceException, match="test-ws") as caught:
            ask()
        assert caught.value.hint == "Workspace.create('nope')"
        assert not caught.value.found_multiple


def test_a_name_in_two_groups_needs_its_group(home: Path) -> None:
    for group in ("one", "two"):
        Workspace.create("twin", resource_group=group, show_output=False)
    with pytest.raises(WorkspaceException, match="Multiple") as caught:
        Workspace.get("twin")
    assert caught.value.found_multiple
    assert Workspace.get("twin", resource_group="two").resource_group == "two"
    assert len(Workspace.list(workspace_folder.DEFAULT_SUBSCRIPTION)["twin"]) == 2


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (PORTAL, "from-portal"),
        ({"Id": None, "Scope": SCOPE}, "from-scope"),
        ({**PORTAL, "Scope": SCOPE}, "from-scope"),
    ],
)
@pytest.mark.parametrize("place", ["config.json", ".azureml/config.json", "aml_config/project.json"])
def test_from_config_finds_every_form_and_place_from_below(
    home: Path, config: dict[str, str], name: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(place).parent.mkdir(exist_ok=True)
    Path(place).write_text(json.dumps(config))
    Path("deep/er").mkdir(parents=True)
    monkeypatch.chdir("deep/er")
    assert Workspace.from_config().name == name


def test_a_file_from_azure_makes_its_workspace_here_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.json").write_text(json.dumps(PORTAL))
    first = Workspace.from_config()
    assert "created it" in capsys.readouterr().out
    assert Workspace.from_config(path="config.json")._id == first._id
    assert capsys.readouterr().out == ""


def test_without_a_file_the_default_workspace_opens_and_one_line_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = Workspace.from_config()
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "'default'" in said
    assert Workspace.from_config()._id == ws._id


def test_the_default_workspace_may_be_chosen(ws: Workspace) -> None:
    address = workspace_config.Address(ws.subscription_id, ws.resource_group, ws.name)
    workspace_config.set_default(address)
    assert Workspace.from_config()._id == ws._id


def test_a_path_without_a_file_is_an_error(home: Path) -> None:
    with pytest.raises(UserErrorException, match="could not find config.json"):
        Workspace.from_config(path=".")


@pytest.mark.parametrize("place", ["config.json", ".azureml/config.json"])
@pytest.mark.parametrize("text", ["", "{", '{"Scope": "/nonsense"}', '{"subscription_id": "s"}'])
def test_a_bad_file_is_named(home: Path, text: str, place: str) -> None:
    Path(place).parent.mkdir(exist_ok=True)
    Path(place).write_text(text)
    with pytest.raises(UserErrorException, match="config.json") as caught:
        Workspace.from_config()
    assert "write_config" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["{}", "[]", '{"architectures": ["Bert"]}'])
def test_another_programs_config_is_stepped_over(ws: Workspace, text: str) -> None:
    ws.write_config()
    Path("deep").mkdir()
    Path("deep/config.json").write_text(text)
    assert Workspace.from_config(path="deep")._id == ws._id
    with pytest.raises(UserErrorException, match="names no workspace"):
        Workspace.from_config(path="deep/config.json")


def test_write_config_writes_v1s_form(ws: Workspace) -> None:
    ws.write_config()
    written = json.loads(Path(".azureml/config.json").read_text())
    assert written == {"Id": None, "Scope": ws.get_details()["id"]}
    assert Workspace.from_config()._id == ws._id


def test_write_config_takes_folder_and_file_name(ws: Workspace) -> None:
    Path("there/aml_config").mkdir(parents=True)
    ws.write_config(path="there", file_name="mine.json")
    assert Workspace.from_config(path="there", _file_name="mine.json")._id == ws._id
    assert Path("there/aml_config/mine.json").is_file()


def test_details_say_where_services_keep_what_they_tell(ws: Workspace) -> None:
    assert Path(ws.get_details()["applicationInsights"]) == ws._folder / "insights"


def test_setup_opens_and_writes(home: Path) -> None:
    ws = Workspace.setup()
    assert Workspace.from_config(path=".")._id == ws._id


def test_update_is_kept(ws: Workspace) -> None:
    details = ws.update(friendly_name="Mine", description="For iris", tags={"x": "y"})
    assert (details["friendlyName"], details["description"], details["tags"]) == ("Mine", "For iris", {"x": "y"})
    assert Workspace.get(ws.name).get_details() == ws.get_details()
    ws.update(description="Else")
    assert ws.tags == {"x": "y"}


def test_an_empty_workspace_has_two_datastores_and_nothing_else(ws: Workspace) -> None:
    assert ws.models == {}
    assert ws.webservices == {}
    assert ws.images == {}
    assert ws.experiments == {}
    assert dict(ws.datasets) == {}
    assert set(ws.datastores) == {"workspaceblobstore", "workspacefilestore"}


def test_collections_are_fresh_dicts(ws: Workspace) -> None:
    ws.datastores.clear()
    assert ws.datastores


def test_a_dataset_that_is_not_there(ws: Workspace) -> None:
    assert "x" not in ws.datasets
    assert ws.datasets.get("x") is None
    with pytest.raises(KeyError):
        ws.datasets["x"]
    with pytest.raises(TypeError, match=r"ws.datasets\['x'\]"):
        ws.datasets("x")


def test_the_default_datastore_can_be_chosen(ws: Workspace) -> None:
    assert ws.get_default_datastore().name == "workspaceblobstore"
    ws.set_default_datastore("workspacefilestore")
    assert Workspace.get(ws.name).get_default_datastore().name == "workspacefilestore"
    with pytest.raises(UserErrorException, match="workspaceblobstore"):
        ws.set_default_datastore("nope")


def test_a_datastore_takes_and_gives_files(ws: Workspace) -> None:
    Path("data/sub").mkdir(parents=True)
    Path("data/a.csv").write_text("1")
    Path("data/sub/b.csv").write_text("2")
    store = Datastore(ws, "workspaceblobstore")
    store.upload("data", target_path="iris", show_progress=False)
    store.upload_files(["data/a.csv"], target_path="single", show_progress=False)
    assert store.download("back", prefix="iris", show_progress=False) == 2
    assert Path("back/iris/sub/b.csv").read_text() == "2"
    Path("data/a.csv").write_text("changed")
    store.upload("data", target_path="iris", show_progress=False)
    store.download("kept", show_progress=False)
    assert Path("kept/iris/a.csv").read_text() == "1"
    store.upload("data", target_path="iris", overwrite=True, show_progress=False)
    store.download("new", show_progress=False)
    assert Path("new/iris/a.csv").read_text() == "changed"
    with pytest.raises(UserErrorException, match="out of the datastore"):
        store.upload("data", target_path="../../artifacts")
    for file, root in (("data/../config.json", "data"), ("data/a.csv", "elsewhere")):
        Path("config.json").write_text("{}")
        with pytest.raises(UserErrorException, match="relative_root"):
            store.upload_files([file], relative_root=root)
    store.upload_files(["data/sub/b.csv"], relative_root="./data", target_path="tree", show_progress=False)
    assert (ws._folder / "datastores/workspaceblobstore/tree/sub/b.csv").is_file()


def test_secrets(ws: Workspace) -> None:
    vault = ws.get_default_keyvault()
    vault.set_secret("key", "välue")
    vault.set_secrets({"b": "2", "c": "3"})
    again = Workspace.get(ws.name).get_default_keyvault()
    assert again.get_secret("key") == "välue"
    assert again.get_secrets(["b", "c"]) == {"b": "2", "c": "3"}
    assert again.list_secrets() == [{"name": "b"}, {"name": "c"}, {"name": "key"}]
    again.delete_secrets(["b", "key"])
    with pytest.raises(UserErrorException, match="no secret named key"):
        vault.get_secret("key")
    assert stat.S_IMODE(os.stat(ws._folder / "keyvault.json").st_mode) == 0o600
    assert "välue" not in repr(vault)


def test_a_secret_keeps_its_content_type(ws: Workspace) -> None:
    vault = ws.get_default_keyvault()
    vault.set_secret("key", "1", content_type="text/plain")
    assert vault.get_secret_content_type("key") == "text/plain"


@pytest.mark.parametrize("name", ["a/b", "", "a_b", "../x"])
def test_a_bad_secret_name(ws: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException):
        ws.get_default_keyvault().set_secret(name, "x")


@pytest.mark.parametrize("name", ["sync_keys", "list_keys"])
def test_what_is_not_there_says_so(ws: Workspace, name: str) -> None:
    with pytest.raises(NotAvailableError, match=name):
        getattr(ws, name)()


def test_delete_takes_everything(ws: Workspace, home: Path) -> None:
    ws._store.records("setting").put("a", {})
    ws.delete()
    assert [path for path in home.rglob("*") if path.is_file()] == []
    with pytest.raises(WorkspaceException):
        Workspace.get("test-ws")
    assert Workspace.create("test-ws", show_output=False).models == {}


def test_delete_leaves_the_folders_that_it_did_not_make(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = home / "class" / "aml"
    monkeypatch.setenv("AML_NB_HOME", str(own))
    Workspace.create("test-ws", show_output=False).delete()
    assert own.is_dir()


def test_a_workspace_object_of_a_deleted_folder_says_so(ws: Workspace) -> None:
    other = Workspace.get(ws.name)
    assert other.models == {}
    ws.delete()
    with pytest.raises(StoreError, match="deleted meanwhile"):
        other.models  # noqa: B018


def test_what_a_killed_create_left_is_swept_after_an_hour(ws: Workspace) -> None:
    parent = ws._folder.parent
    for name in (".new-old", ".new-young", ".deleted-any"):
        (parent / name).mkdir()
    os.utime(parent / ".new-old", (time.time() - 7200,) * 2)
    Workspace.create("another", show_output=False)
    assert {path.name for path in parent.iterdir()} == {"test-ws", "another", ".new-young"}


def test_a_damaged_workspace_file_is_named(ws: Workspace) -> None:
    kept = (ws._folder / "workspace.json").read_text()
    (ws._folder / "workspace.json").write_text("{")
    with pytest.raises(StoreError, match=r"workspace\.json"):
        Workspace.get(ws.name)
    (ws._folder / "workspace.json").write_text(kept)


def test_the_current_workspace_is_the_last_opened_or_the_one_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Workspace.create("one", show_output=False)
    two = Workspace.create("two", show_output=False)
    assert current.workspace() is two
    Workspace.list(one.subscription_id)
    assert current.workspace() is two
    monkeypatch.setenv(current.VARIABLE, str(one._folder))
    told = current.workspace()
    assert told is not None and told._id == one._id


def test_a_deleted_workspace_is_nobodys_current_one(ws: Workspace) -> None:
    Workspace.get(ws.name).delete()
    assert current.workspace() is None


def test_artifacts_may_be_elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_ARTIFACTS", f"file://{tmp_path}/elsewhere")
    ws = Workspace.create("far-away", show_output=False)
    monkeypatch.delenv("AML_NB_ARTIFACTS")
    Path("m").write_text("model")
    Model.register(ws, "m", "m")
    assert sum(path.is_file() for path in (tmp_path / "elsewhere").rglob("*")) == 1
    assert Path(Model(Workspace.get("far-away"), "m").download("out")).read_text() == "model"
    ws.delete()
    assert sum(path.is_file() for path in (tmp_path / "elsewhere").rglob("*")) == 0
