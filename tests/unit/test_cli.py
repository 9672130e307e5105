"""``aml-nb``: the verbs in a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aml_nb import __version__, cli
from aml_nb.core.workspace import Workspace
from aml_nb.verbs import VERBS

Capture = pytest.CaptureFixture[str]
COMMANDS = [verb.command_name for verb in VERBS.values() if verb.command]
SCRIPT = "def init(): pass\ndef run(data): return len(data)\n"


def run(*words: str) -> int:
    return cli.main(list(words))


def test_the_overview_names_every_command(capsys: Capture) -> None:
    assert run("--help") == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)


def test_without_a_command_it_was_called_wrongly() -> None:
    assert run() == 2


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(name: str, option: str, capsys: Capture) -> None:
    assert run(name, option) == 0
    assert capsys.readouterr().out.startswith(f"usage: aml-nb {name}")


def test_help_of_a_command_in_the_other_order(capsys: Capture) -> None:
    assert run("help", "service", "run") == 0
    assert capsys.readouterr().out.startswith("usage: aml-nb service run")


def test_version(capsys: Capture) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"aml-nb {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["servce", "list"], "did you mean service"),
        (["--jsn"], "no option '--jsn'"),
        (["service", "lst"], "did you mean list"),
        (["register", "iris"], "PATH"),
        (["deploy", "local", "iris", "--scrpt", "x"], "did you mean --script"),
        (["serve", "--port", "many"], "a number from 1 to 65535"),
        (["serve", "--worker_count", "0"], "at least 1"),
        (["score-script", "nothing.py"], "there is no file"),
    ],
)
def test_typing_errors_are_short_and_on_stderr(words: list[str], said: str, home: Path, capsys: Capture) -> None:
    assert run(*words) == (1 if words[0] == "serve" else 2)
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_the_models_of_a_workspace(ws: Workspace, capsys: Capture) -> None:
    Path("model.pkl").write_text("a model")
    assert run("register", "iris", "model.pkl", "--tag", "area=flowers", "--workspace", "test-ws") == 0
    capsys.readouterr()
    assert run("--workspace", "test-ws", "models") == 0
    assert "iris" in capsys.readouterr().out
    assert run("models", "--json", "--workspace=test-ws") == 0
    (model,) = json.loads(capsys.readouterr().out)
    assert (model["name"], model["version"], model["tags"]) == ("iris", 1, {"area": "flowers"})


def test_which_workspace_it_is_goes_not_into_the_output(home: Path, capsys: Capture) -> None:
    assert run("models", "--json") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == []
    assert shown.err.startswith("No config.json here or above")


def test_json_in_a_hint_is_quoted_for_the_shell(ws: Workspace, capsys: Capture) -> None:
    assert run("service", "run", "iris", "--workspace", "test-ws") == 2
    assert """Try: aml-nb service run iris '{"data": [[1, 2]]}'\n""" in capsys.readouterr().err


def test_failures_leave_with_1_and_a_hint_for_terminals(ws: Workspace, capsys: Capture) -> None:
    assert run("models", "nothing", "--workspace", "test-ws") == 1
    shown = capsys.readouterr().err
    assert "no model named 'nothing'" in shown
    assert "Try: aml-nb models" in shown
    assert run("models", "--workspace", "nowhere") == 1


def test_score_script_checks_a_file(ws: Workspace, capsys: Capture) -> None:
    Path("score.py").write_text(SCRIPT)
    assert run("score-script", "score.py") == 0
    assert "checked score.py" in capsys.readouterr().out
    assert run("score-script", "score.py", "--sample", "[1]", "--json") == 0
    assert json.loads(capsys.readouterr().out)["value"] == 3
    Path("score.py").write_text("def init(): pass")
    assert run("score-script", "score.py") == 1
    assert "no run()" in capsys.readouterr().err


def test_workspaces_come_and_go(home: Path, capsys: Capture) -> None:
    assert run("workspace", "create", "course") == 0
    assert run("workspace", "create", "course") == 1
    assert run("workspace", "use", "course") == 0
    assert run("workspace", "config", "course") == 0
    assert Path(".azureml/config.json").is_file()
    capsys.readouterr()
    assert run("workspace", "list", "--json") == 0
    assert [w["name"] for w in json.loads(capsys.readouterr().out)] == ["course"]
    assert run("workspace", "delete", "course") == 2
    assert run("workspace", "delete", "course", "--yes") == 0
    assert Workspace.list("00000000-0000-0000-0000-000000000000") == {}


def test_an_environment_from_a_file(ws: Workspace, capsys: Capture) -> None:
    Path("env.yml").write_text("dependencies:\n- pip:\n  - scikit-learn\n")
    assert run("environment", "sk", "--file", "env.yml", "--register", "--workspace", "test-ws") == 0
    capsys.readouterr()
    assert run("environment", "--json", "--workspace", "test-ws") == 0
    assert [e["name"] for e in json.loads(capsys.readouterr().out)] == ["sk"]


def test_the_process(home: Path) -> None:
    environment = {**os.environ, "NO_COLOR": "1"}
    root = str(Path(cli.__file__).parents[1])
    environment["PYTHONPATH"] = root
    command = [sys.executable, "-m", "aml_nb"]
    done = subprocess.run([*command, "workspace", "create", "course"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*command, "service", "list"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert "No services here yet. Try: aml-nb deploy local" in done.stdout
    done = subprocess.run([*command, "service", "status", "x"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    which, failed = done.stderr.split("\n")[:2]
    assert which == "No config.json here or above: using the default workspace 'default'."
    assert failed.startswith("WebserviceException: WebserviceNotFound")


def test_a_reader_that_leaves_early_is_no_error(home: Path) -> None:
    command = f"{sys.executable} -m aml_nb deploy --help | true"
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
    assert done.stderr == ""


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from aml_nb import cli\n"
        "assert cli.main(['--help']) == 0\n"
        "bad = {'argparse', 'sqlalchemy', 'numpy', 'pandas', 'requests', 'fsspec', 'IPython'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, stdout=subprocess.DEVNULL)
