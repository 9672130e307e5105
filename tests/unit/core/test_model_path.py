from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aml_nb.core import current
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ModelNotFoundException, WebserviceException


@pytest.fixture
def model(ws: Workspace) -> Model:
    Path("trained.pkl").write_text("one")
    return Model.register(ws, "trained.pkl", "iris")


def put(path: str | Path, text: str = "x") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def test_in_a_notebook_it_comes_from_the_workspace(ws: Workspace, model: Model) -> None:
    path = Model.get_model_path("iris")
    assert path == "azureml-models/iris/1/trained.pkl"
    assert Path(path).read_text() == "one"
    assert Model.get_model_path("iris", _workspace=ws) == Model.get_model_path("iris", version=1) == path


def test_the_newest_wins_over_what_was_copied_before(ws: Workspace, model: Model) -> None:
    Model.get_model_path("iris")
    put("trained.pkl", "two")
    Model.register(ws, "trained.pkl", "iris")
    assert Path(Model.get_model_path("iris")).read_text() == "two"
    assert Path(Model.get_model_path("iris", 1)).read_text() == "one"


def test_a_copy_of_another_workspaces_model_is_not_taken_for_this_one(ws: Workspace, model: Model) -> None:
    Model.get_model_path("iris")
    other = Workspace.create("other", show_output=False)
    put("trained.pkl", "of the other")
    Model.register(other, "trained.pkl", "iris")
    assert Path(Model.get_model_path("iris", _workspace=other)).read_text() == "of the other"
    assert Path(Model.get_model_path("iris", _workspace=ws)).read_text() == "one"


def test_a_folder_comes_as_a_folder(ws: Workspace) -> None:
    put("saved/a.txt")
    put("saved/sub/b.txt")
    Model.register(ws, "saved", "net")
    assert Path(Model.get_model_path("net"), "sub/b.txt").is_file()


def test_a_script_finds_the_workspace_it_was_started_for(
    ws: Workspace, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "_last", None)
    monkeypatch.setenv("AML_NB_WORKSPACE", str(ws._folder))
    assert Path(Model.get_model_path("iris")).read_text() == "one"


def test_without_a_workspace_the_copies_here_are_taken(home: Path) -> None:
    put("azureml-models/iris/2/m.pkl")
    put("azureml-models/iris/10/m.pkl")
    assert Model.get_model_path("iris") == "azureml-models/iris/10/m.pkl"
    assert Model.get_model_path("iris", 2) == "azureml-models/iris/2/m.pkl"


def test_without_any_copy_the_file_of_that_name_is_taken(home: Path) -> None:
    put("iris")
    assert Model.get_model_path("iris") == os.path.join(os.getcwd(), "iris")
    with pytest.raises(ModelNotFoundException):
        Model.get_model_path("iris", version=1)


def test_a_version_or_workspace_that_lacks_the_model_raises_what_v1_does(ws: Workspace, model: Model) -> None:
    for given in ({"version": 9}, {"version": 9, "_workspace": ws}, {"model_name": "irys", "_workspace": ws}):
        with pytest.raises(WebserviceException, match="not found") as caught:
            Model.get_model_path(**{"model_name": "iris", **given})
        assert isinstance(caught.value, ModelNotFoundException)
    with pytest.raises(ModelNotFoundException) as by_name:
        Model.get_model_path("irys")
    assert not isinstance(by_name.value, WebserviceException)


def test_in_a_service_only_its_own_models_are_there(
    ws: Workspace, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "app/azureml-models/other/3/m.pkl")
    monkeypatch.setenv("AML_APP_ROOT", str(tmp_path / "app"))
    assert Model.get_model_path("other") == str(tmp_path / "app/azureml-models/other/3/m.pkl")
    with pytest.raises(ModelNotFoundException):
        Model.get_model_path("iris")


@pytest.mark.parametrize("model_dir", ["models/iris/4", "models"])
def test_in_a_service_the_model_folder_is_looked_at_too(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_dir: str
) -> None:
    put(tmp_path / "models/iris/4/m.pkl")
    monkeypatch.setenv("AML_APP_ROOT", str(tmp_path))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path / model_dir))
    assert Model.get_model_path("iris") == str(tmp_path / "models/iris/4/m.pkl")


@pytest.mark.parametrize("version", ["1", 1.0, True])
def test_a_version_is_an_int(home: Path, version: object) -> None:
    with pytest.raises(WebserviceException, match="int"):
        Model.get_model_path("iris", version)  # type: ignore[arg-type]


@pytest.mark.parametrize("extra", [["a", "b"], []])
def test_a_version_folder_holds_one_entry(home: Path, extra: list[str]) -> None:
    Path("azureml-models/iris/1").mkdir(parents=True)
    for name in extra:
        put(f"azureml-models/iris/1/{name}")
    with pytest.raises(WebserviceException, match="exactly one"):
        Model.get_model_path("iris")


def test_every_place_that_was_looked_at_is_named_in_a_notebook(ws: Workspace, model: Model) -> None:
    with pytest.raises(ModelNotFoundException) as caught:
        Model.get_model_path("irys")
    here = os.getcwd()
    for place in ("workspace test-ws: it has iris", f"{here}/azureml-models/irys", f"{here}/irys"):
        assert place in caught.value.message


def test_every_place_that_was_looked_at_is_named_in_a_service(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "app/azureml-models/iris/1/m")
    monkeypatch.setenv("AML_APP_ROOT", str(tmp_path / "app"))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path / "app/azureml-models/iris/1"))
    with pytest.raises(ModelNotFoundException) as caught:
        Model.get_model_path("iris", 2)
    assert "azureml-models/iris/2: no such folder, but 1" in caught.value.message


def test_a_copy_that_was_cut_short_is_made_again(ws: Workspace, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(folder: Path, link: bool = False) -> None:
        put(folder / "trained.pkl", "hal")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Model, "_materialise", lambda self, folder, link=False: killed(folder))
        with pytest.raises(KeyboardInterrupt):
            Model.get_model_path("iris")
    assert Path(Model.get_model_path("iris")).read_text() == "one"


def test_a_scoring_script_loads_nothing_heavy(home: Path, tmp_path: Path) -> None:
    put(tmp_path / "azureml-models/iris/1/m")
    code = (
        "import sys; from aml_nb.core.model import Model; Model.get_model_path('iris');"
        "print(sorted({'sqlalchemy', 'numpy', 'requests', 'pandas', 'fsspec', 'platformdirs'} & set(sys.modules)))"
    )
    environment = {**os.environ, "AML_APP_ROOT": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_debug_messages_say_where_it_was_looked_for(
    ws: Workspace, model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "azureml.core.model")
    path = Model.get_model_path("iris")
    with pytest.raises(ModelNotFoundException):
        Model.get_model_path("rose")
    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("Looking for the model iris, the newest version, from ")
    assert told[1] == f"Found the model iris at {os.path.abspath(path)}"
    assert any(line.startswith("Not in the registry of the workspace test-ws") for line in told[3:])
    assert {record.name for record in caplog.records} == {"azureml.core.model"}
