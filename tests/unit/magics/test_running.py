"""Cells of magics: what they return, what they raise, what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, ModelNotFoundException, UsageError, UserErrorException, WebserviceException

SCRIPT = """import json
from azureml.core.model import Model

def init():
    global path
    path = Model.get_model_path('iris')

def run(raw_data):
    print('asked')
    return {'sum': sum(json.loads(raw_data)['data'])}
"""


@pytest.fixture
def iris(ws: Workspace) -> Model:
    Path("model.pkl").write_text("a model")
    return Model.register(ws, "model.pkl", "iris")


def test_register_returns_the_model(shell: Any, ws: Workspace) -> None:
    Path("model.pkl").write_text("a model")
    model = shell.value("%register iris model.pkl --tag area=flowers --property by=me --description 'it grows'")
    assert isinstance(model, Model)
    assert (model.name, model.version, model.tags, model.properties) == ("iris", 1, {"area": "flowers"}, {"by": "me"})
    assert model.description == "it grows"


def test_assignment_and_variables(shell: Any, ws: Workspace) -> None:
    Path("model.pkl").write_text("a model")
    shell.run_cell("name = 'iris'\nmodel = %register {name} model.pkl --tag note='$name here'")
    assert shell.user_ns["model"].name == "iris"
    assert shell.user_ns["model"].tags == {"note": "iris here"}


def test_models_is_a_sequence_with_names(shell: Any, iris: Model) -> None:
    Model.register(iris.workspace, "model.pkl", "iris", tags={"a": "1"})
    table = shell.value("%models")
    assert [model.version for model in table] == [2]
    assert table["iris"].version == 2
    assert len(shell.value("%models iris --all-versions")) == 2
    assert [model.version for model in shell.value("%models --all-versions --tag a=1")] == [2]
    assert len(shell.value("%models --tag nothing")) == 0


def test_an_unknown_model_names_those_that_are_near(shell: Any, iris: Model) -> None:
    with pytest.raises(ModelNotFoundException, match="did you mean iris"):
        shell.run_cell("%models irsi")


def test_html_escapes_what_users_wrote(shell: Any, ws: Workspace) -> None:
    Path("model.pkl").write_text("a model")
    bad = "<script>alert(1)</script>"
    shell.run_cell(f"""model = %register iris model.pkl --description "{bad}" --tag "k={bad}" """)
    for cell in ("model", "%models"):
        page = shell.html(shell.value(cell))
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_model_keeps_v1s_text_and_gains_html(shell: Any, iris: Model) -> None:
    data, _ = shell.display_formatter.format(iris)
    assert data["text/plain"] == repr(iris)
    assert "iris version 1" in data["text/html"]
    assert "test-ws" in shell.html(iris.workspace)


def test_environments_are_shown_as_cards(shell: Any, ws: Workspace) -> None:
    from aml_nb.core.environment import Environment

    assert "&lt;b&gt;" in shell.html(Environment("<b>"))


def test_an_error_shows_no_traceback_of_ours(shell: Any, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        shell.run_cell("%deploy locl iris")
    shown = capsys.readouterr()
    assert "did you mean local?" in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err


def test_score_script_writes_what_can_serve(shell: Any, iris: Model) -> None:
    card = shell.value(f"%%score_script score.py\n{SCRIPT}")
    assert Path("score.py").read_text() == SCRIPT
    assert "wrote score.py" in repr(card)
    assert "iris" in repr(card)


def test_score_script_leaves_the_old_file_when_the_new_cannot_serve(shell: Any, iris: Model) -> None:
    shell.run_cell(f"%%score_script score.py\n{SCRIPT}")
    with pytest.raises(UserErrorException, match="no module named 'nowhere_at_all'"):
        shell.run_cell(f"%%score_script score.py\nimport nowhere_at_all\n{SCRIPT}")
    assert Path("score.py").read_text() == SCRIPT
    assert sorted(p.name for p in Path().iterdir()) == ["model.pkl", "score.py"]


def test_force_writes_and_still_says_it(shell: Any, iris: Model) -> None:
    card = shell.value("%%score_script score.py --force\ndef run(data): pass")
    assert Path("score.py").read_text() == "def run(data): pass\n"
    assert "no init()" in repr(card)


def test_append_checks_the_whole(shell: Any, iris: Model) -> None:
    shell.run_cell("%%score_script score.py --force\ndef init(): pass")
    shell.run_cell("%%score_script score.py --append\ndef run(data): pass")
    assert Path("score.py").read_text() == "def init(): pass\ndef run(data): pass\n"


def test_check_writes_nothing(shell: Any, iris: Model) -> None:
    assert "checked new.py" in repr(shell.value(f"%%score_script new.py --check\n{SCRIPT}"))
    assert not Path("new.py").exists()


@pytest.mark.parametrize("name", ["score.txt", "my-score.py", "class", "class.py", "a/2b.py"])
def test_names_that_no_server_imports(shell: Any, ws: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an entry script"):
        shell.run_cell(f"%%score_script {name}\n{SCRIPT}")


def test_a_cell_magic_without_a_file(shell: Any, ws: Workspace) -> None:
    with pytest.raises(UsageError, match="needs a name"):
        shell.run_cell(f"%%score_script\n{SCRIPT}")


def test_a_link_keeps_pointing_to_the_script(shell: Any, iris: Model) -> None:
    Path("real.py").write_text("")
    Path("score.py").symlink_to("real.py")
    shell.run_cell(f"%%score_script score.py\n{SCRIPT}")
    assert Path("score.py").is_symlink()
    assert Path("real.py").read_text() == SCRIPT


def test_a_folder_that_cannot_be_written(shell: Any, iris: Model) -> None:
    Path("plain").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        shell.run_cell(f"%%score_script plain/score.py\n{SCRIPT}")


def test_sample_runs_the_script_with_its_model(shell: Any, iris: Model) -> None:
    answer = shell.value(f'%%score_script score.py --sample {{"data": [1, 2]}}\n{SCRIPT}')
    assert (answer.value, answer.status) == ({"sum": 3}, 200)
    assert answer.printed == "asked\n"
    assert 0 < answer.ms < 10_000


def test_sample_from_a_variable(shell: Any, iris: Model) -> None:
    shell.user_ns["payload"] = {"data": [3, 4]}
    assert shell.value(f"%%score_script score.py --sample $payload\n{SCRIPT}").value == {"sum": 7}


def test_a_sample_that_fails_shows_the_line(shell: Any, iris: Model) -> None:
    with pytest.raises(AmlError) as caught:
        shell.run_cell(f'%%score_script score.py --sample {{"dat": []}}\n{SCRIPT}')
    text = caught.value._text()
    assert "KeyError" in text
    assert "-->   10" in text
    assert "asked" in text


def test_an_environment_is_made_registered_and_shown(shell: Any, ws: Workspace) -> None:
    cell = "%%environment sk --register\ndependencies:\n- pip:\n  - azureml-defaults\n  - scikit-learn\n"
    card = shell.value(cell)
    assert card.environment.version == "1"
    assert "the running interpreter satisfies it" in repr(card)
    assert "scikit-learn" in repr(shell.value("%environment sk"))
    assert [e.name for e in shell.value("%environment")] == ["sk"]
    assert len(shell.value("%environment --curated")) > 1


def test_pip_requirements_are_seen_as_such(shell: Any, ws: Workspace) -> None:
    card = shell.value("%%environment light\nnowhere-at-all==1.0\n")
    assert "nowhere-at-all==1.0" in repr(card)
    assert "needs an environment of its own" in repr(card)


def test_an_unknown_environment(shell: Any, ws: Workspace) -> None:
    shell.run_cell("%%environment sk --register --pip\nscikit-learn\n")
    with pytest.raises(AmlError) as caught:
        shell.run_cell("%environment skk")
    assert "did you mean sk?" in caught.value._text()


def test_aml_shows_and_switches(shell: Any, ws: Workspace) -> None:
    assert "test-ws" in repr(shell.value("%aml"))
    with pytest.raises(AmlError) as caught:
        shell.run_cell("%aml workspace other-ws")
    assert "--create" in caught.value._text()
    other = shell.value("%aml workspace other-ws --create")
    assert other.workspace.name == "other-ws"
    assert "other-ws" in repr(shell.value("%aml"))
    shell.user_ns["ws"] = ws
    assert shell.value("%aml workspace $ws").workspace is ws
    other.workspace.delete()


def test_the_workspace_opened_last_is_the_one(shell: Any, ws: Workspace) -> None:
    other = Workspace.create("later-ws", show_output=False)
    assert shell.value("%aml").workspace.name == "later-ws"
    other.delete()


def test_defaults_are_kept_typed_and_forgotten(shell: Any, ws: Workspace) -> None:
    shell.run_cell("%aml set cpu 0.5")
    shell.run_cell("%aml set auth on")
    assert shell.value("%aml set").as_data() == {"cpu": 0.5, "auth": True}
    assert "nothing is set" in repr(shell.value("%aml set script"))
    shell.run_cell("%aml set cpu --unset")
    assert shell.value("%aml set").as_data() == {"auth": True}


@pytest.mark.parametrize("line", ["%aml set port many", "%aml set auth perhaps", "%aml set prot 1", "%aml set --unset"])
def test_defaults_that_make_no_sense(shell: Any, ws: Workspace, line: str) -> None:
    with pytest.raises(UsageError):
        shell.run_cell(line)


def test_the_engine(shell: Any, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AML_NB_ENGINE")
    assert "process (%aml engine)" in repr(shell.value("%aml engine process"))
    assert ws._store.records("setting").get("engine") == {"value": "process"}


def test_docker_is_not_chosen_where_no_daemon_answers_and_one_that_was_is_told(
    shell: Any, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AML_NB_ENGINE")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(WebserviceException, match="there is no /nonexistent/docker.sock"):
        shell.run_cell("%aml engine docker")
    ws._store.records("setting").put("engine", {"value": "docker"})
    assert "docker (%aml engine): No Docker daemon runs" in repr(shell.value("%aml engine"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%service run", "what to send"),
        ("%service run {}", "no service is deployed"),
        ("%service run $nothing", "no variable '$nothing'"),
        ("%service run iris {'a': 1}", "no JSON"),
        ("%service status", "no service is deployed"),
        ("%%service list\n{}", "takes no cell"),
        ("%%service run iris {}\n{}", "a body in the line and one in the cell"),
        ("%deploy local iris", "which entry script"),
        ("%deploy local iris --script nothing.py", "there is no file"),
        ("%deploy local iris --script score.py --cpu 1", "--cpu is for aci and aks"),
        ("%deploy aci iris --script score.py --port 8000", "--port is for local"),
        ("%deploy aks iris --script score.py", "no AKS cluster"),
        ("%deploy aks iris --script score.py --compute-target x", "no compute target 'x'"),
        ("%deploy local iris --script score.py --model irsi", "did you mean iris"),
        ("%deploy local iris --script score.py --model iris:9", "iris"),
        ("%deploy local iris --script score.py --model iris:x", "versions are numbers"),
        ("%deploy local iris --script score.py --environment nothing", "nothing"),
        ("%register iris modle.pkl", "did you mean model.pkl"),
        ("%register iris model.pkl --tag x", "not key=value"),
        ("%register iris model.pkl --framework-version 1", "needs --framework"),
    ],
)
def test_what_cannot_be_done_says_why(shell: Any, iris: Model, line: str, said: str) -> None:
    Path("score.py").write_text(SCRIPT)
    with pytest.raises(AmlError) as caught:
        shell.run_cell(line)
    assert said in caught.value._text()


def test_an_unknown_service_names_those_that_are_near(shell: Any, ws: Workspace) -> None:
    with pytest.raises(AmlError, match="WebserviceNotFound"):
        shell.run_cell("%service status nothing")


def test_variables_of_a_function_around_the_magic(shell: Any, iris: Model) -> None:
    shell.run_cell("def count(name, tag):\n    found = %models {name} --tag $tag\n    return len(found)")
    Model.register(iris.workspace, "model.pkl", "iris", tags={"a": "1"})
    assert shell.value("count('iris', 'a'), count('iris', 'b')") == (1, 0)


def test_our_own_variables_do_not_show(shell: Any, iris: Model) -> None:
    with pytest.raises(ModelNotFoundException, match="{word}"):
        shell.run_cell("%models {word}")
