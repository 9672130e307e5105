"""Why a script failed: read from its exit code and its log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.runs.keeper import failure
from aml_nb.core.runs.keeper.variables import base, of_processes
from aml_nb.core.runs.spec import Layout, RunSpec


def _spec(**parts: Any) -> RunSpec:
    return RunSpec("run-1", "exp", "exp-id", "script", "/w", "w-id", source_directory="/home/me/src", **parts)


def _told(work: Path, code: int, log: str, **parts: Any) -> dict[str, Any]:
    ending = failure.explain(_spec(**parts), work, code, log.encode(), out_of_memory=False)
    assert ending.status == "Failed" and ending.error is not None
    return dict(ending.error["error"])


SCRIPTS = {
    "raises": ("x = 1\ndef f():\n    raise ValueError('no good')\nf()\n", 3, "ValueError", "no good"),
    "syntax": ("x = 1\ndef (:\n", 2, "SyntaxError", "invalid syntax"),
    "chained": (
        "try:\n    int('a')\nexcept ValueError as e:\n    raise RuntimeError('second') from e\n",
        4,
        "RuntimeError",
        "second",
    ),
    "inside a library": ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError", "Expecting property name"),
    "missing module": ("import nothing_of_this_name\n", 1, "ModuleNotFoundError", "nothing_of_this_name"),
    "missing module by name": (
        "import importlib\n\nimportlib.import_module('nothing_of_this_name')\n",
        3,
        "ModuleNotFoundError",
        "nothing_of_this_name",
    ),
    "code of a text": ("exec('1 / 0')\n", 1, "ZeroDivisionError", "division"),
    "several lines": ("raise KeyError('a\\nb')\n", 1, "KeyError", ""),
    "prints after": (
        "import atexit\natexit.register(print, 'bye')\nraise OSError('disk')\n",
        3,
        "OSError",
        "disk",
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_users_line_is_named(tmp_path: Path, name: str) -> None:
    text, line, kind, message = SCRIPTS[name]
    (tmp_path / "train.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    told = _told(tmp_path, done.returncode, "epoch 1\n" + done.stderr + done.stdout)
    assert told["file"] == "/home/me/src/train.py" and told["line"] == line
    assert told["message"].startswith(f"User program failed with {kind}") and message in told["message"]
    assert f"--> {line:4d} {text.splitlines()[line - 1]}" in told["message"]
    assert told["debugInfo"]["type"] == kind and told["exitCode"] == 1


def test_an_exit_code_comes_with_the_last_lines(tmp_path: Path) -> None:
    told = _told(tmp_path, 3, "one\n\ntwo\n")
    assert told["message"] == "User program failed: the script ended with exit code 3. Its last lines:\none\ntwo"
    assert "printed nothing" in _told(tmp_path, 4, "")["message"]
    assert "the command ended" in _told(tmp_path, 4, "", shell=True)["message"]


def test_a_caught_exception_is_not_the_reason(tmp_path: Path) -> None:
    log = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n    f()\n'
    told = _told(tmp_path, 2, log)
    assert "exit code 2" in told["message"]


@pytest.mark.parametrize(
    "code, shell, word",
    [(-9, False, "SIGKILL"), (-11, False, "segmentation fault"), (137, True, "SIGKILL"), (-15, False, "SIGTERM")],
)
def test_signals_are_named(tmp_path: Path, code: int, shell: bool, word: str) -> None:
    assert word in _told(tmp_path, code, "", shell=shell)["message"]


def test_the_kernels_killer_is_named(tmp_path: Path) -> None:
    ending = failure.explain(_spec(), tmp_path, -9, b"", out_of_memory=True)
    assert ending.error is not None and "out of memory" in ending.error["error"]["message"]
    assert failure.oom_kills() >= 0


def test_a_script_is_told_who_it_is() -> None:
    given = base(_spec(variables={"MODE": "x", "PYTHONPATH": "/mine"}), Path("/w/runs/run-1"), "/opt/bin/python")
    assert given["AZUREML_RUN_ID"] == "run-1" and given["AZUREML_ARM_PROJECT_NAME"] == "exp"
    assert given["AML_NB_WORKSPACE"] == "/w" and given["MODE"] == "x" and given["PATH"].startswith("/opt/bin:")
    paths = given["PYTHONPATH"].split(":")
    assert paths[0].endswith("startup") and paths[1] == "/w/runs/run-1/site" and "/w/runs/run-1/work" in paths
    assert paths[-1] == "/mine"
    assert given["MLFLOW_TRACKING_URI"] and given["MLFLOW_RUN_ID"] == "run-1"
    assert (given["MLFLOW_EXPERIMENT_ID"], given["MLFLOW_EXPERIMENT_NAME"]) == ("exp-id", "exp")


def test_processes_know_one_another() -> None:
    mpi = of_processes(Layout("mpi", 2, 4, 2))
    assert [(p["OMPI_COMM_WORLD_RANK"], p["OMPI_COMM_WORLD_LOCAL_RANK"], p["NODE_RANK"]) for p in mpi] == [
        ("0", "0", "0"), ("1", "1", "0"), ("2", "0", "1"), ("3", "1", "1"),
    ]  # fmt: skip
    assert {p["OMPI_COMM_WORLD_SIZE"] for p in mpi} == {"4"} and len({p["MASTER_PORT"] for p in mpi}) == 1
    torch = of_processes(Layout("pytorch", 1, 2, 2))
    assert [(p["RANK"], p["WORLD_SIZE"], p["MASTER_ADDR"]) for p in torch] == [
        ("0", "2", "127.0.0.1"),
        ("1", "2", "127.0.0.1"),
    ]
    configs = [json.loads(p["TF_CONFIG"]) for p in of_processes(Layout("tensorflow", 3, 3, 1, 1))]
    assert [c["task"] for c in configs] == [
        {"type": "worker", "index": 0},
        {"type": "worker", "index": 1},
        {"type": "ps", "index": 0},
    ]
    assert len(configs[0]["cluster"]["worker"]) == 2 and all(c["cluster"] == configs[0]["cluster"] for c in configs)
    assert of_processes(Layout()) == [{}]
