"""Environments that the running interpreter does not satisfy: built by uv, for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from aml_nb import scoring
from aml_nb.core.environment import Environment
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.resolve import resolve_environment
from aml_nb.core.resolve.venv import environments_folder
from aml_nb.core.webservice import AciWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

ROOT = Path(__file__).resolve().parents[2]
PIN = "iniconfig==2.0.0"
ASK = """
import sys
from importlib.metadata import version
print(version("iniconfig"), *(version(name) for name in sys.argv[1:]))
"""
BUILD = """
import json, sys
from pathlib import Path
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.environment import Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.resolve import resolve_environment
made = Environment("iris")
made.python.conda_dependencies = CondaDependencies.create(pip_packages=sys.argv[2:])
said = []
resolved = resolve_environment(made, Path(sys.argv[1]), said.append)
print(json.dumps({"python": resolved.python, "said": said}))
"""


def pinned(*packages: str) -> Environment:
    made = Environment("iris")
    made.python.conda_dependencies = CondaDependencies.create(pip_packages=list(packages))
    return made


def start(home: Path, *packages: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, str(home), *packages]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ, start_new_session=True
    )


def in_venv(python: str) -> str:
    names = [requirement.split(">")[0] for requirement in scoring.REQUIREMENTS]
    return subprocess.run([python, "-c", ASK, *names], capture_output=True, text=True, check=True).stdout.split()[0]


def test_a_pin_gets_a_venv_that_is_kept(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    said: list[str] = []
    resolved = resolve_environment(pinned(PIN), home, said.append)
    assert resolved.kind == "venv"
    assert in_venv(resolved.python) == "2.0.0"
    assert resolved.specification_hash in resolved.python
    assert PIN in said[0]
    assert "is ready" in said[-1]
    again: list[str] = []
    assert resolve_environment(pinned(PIN), home, again.append) == resolved
    assert again == []


def test_what_is_asked_for_without_a_version_is_taken_as_it_runs(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    resolved = resolve_environment(pinned(PIN, "packaging", "joblib"), home)
    ask = "from importlib.metadata import version; print(version('packaging'), version('joblib'))"
    done = subprocess.run([resolved.python, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [version("packaging"), version("joblib")]


def test_what_azureml_defaults_brings_is_there(home: Path, tmp_path: Path, require: Callable[[str], None]) -> None:
    require("network")
    resolved = resolve_environment(pinned(PIN, "azureml-defaults"), home)
    link = tmp_path / "link"
    link.mkdir()
    (link / "aml_nb").symlink_to(ROOT / "aml_nb")
    ask = """
from aml_nb import alias
alias.enable_here()
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from azureml.core.model import Model
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema
import numpy
"""
    done = subprocess.run([resolved.python, "-c", ask], capture_output=True, text=True, env={"PYTHONPATH": str(link)})
    assert done.returncode == 0, done.stderr


def test_running_versions_give_way_to_pins(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    resolved = resolve_environment(pinned("typer==0.3.2", "click"), home)
    ask = "from importlib.metadata import version; print(version('typer'), version('click'))"
    done = subprocess.run([resolved.python, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.3.2", "7.1.2"]


def test_an_interpreter_that_has_gone_is_replaced(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    resolved = resolve_environment(pinned(PIN), home)
    os.unlink(resolved.python)
    assert resolve_environment(pinned(PIN), home) == resolved
    assert in_venv(resolved.python) == "2.0.0"


def test_two_processes_at_once_build_one(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    both = [start(home, PIN) for _ in range(2)]
    answers = []
    for process in both:
        out, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    assert answers[0]["python"] == answers[1]["python"]
    assert sum(any("Building" in line for line in answer["said"]) for answer in answers) == 1
    assert in_venv(answers[0]["python"]) == "2.0.0"


def test_a_build_that_is_killed_leaves_nothing_that_counts(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    folder = environments_folder(home)
    process = start(home, PIN)
    deadline = time.monotonic() + 60
    while not list(folder.glob(".*/environment/bin")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    resolved = resolve_environment(pinned(PIN), home)
    assert in_venv(resolved.python) == "2.0.0"
    assert [p for p in folder.iterdir() if p.is_dir()] == [Path(resolved.python).parents[1]]


@pytest.mark.parametrize("pin", ["iniconfig==77.0.0", "aml-nb-no-such-distribution==1.0"])
def test_a_pin_that_does_not_exist(home: Path, require: Callable[[str], None], pin: str) -> None:
    require("network")
    with pytest.raises(UserErrorException) as error:
        resolve_environment(pinned(pin), home)
    assert pin in error.value.message
    assert pin.split("==")[0] in (error.value.hint or "")
    assert not [p for p in environments_folder(home).iterdir() if p.is_dir()]


def test_without_a_network_the_error_says_so(
    home: Path, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    require("uv")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(UserErrorException, match="no network"):
        resolve_environment(pinned(PIN), home)


def test_a_service_runs_in_its_venv(
    ws: Workspace, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    require("network")
    monkeypatch.setenv("AZUREML_LOG_DEPRECATION_WARNING_ENABLED", "False")
    Path("score.py").write_text(
        "from importlib.metadata import version\n\n\ndef init():\n    pass\n\n\n"
        "def run(raw_data):\n    return {'iniconfig': version('iniconfig')}\n"
    )
    pinned("azureml-defaults", PIN).register(ws)
    config = InferenceConfig("score.py", environment=Environment.get(ws, "iris"))
    service = Model.deploy(ws, "pinned", [], config, AciWebservice.deploy_configuration())
    try:
        service.wait_for_deployment()
        assert service.run("{}") == {"iniconfig": "2.0.0"}
    finally:
        service.delete()


def test_pips_options_reach_uv(home: Path, require: Callable[[str], None]) -> None:
    require("network")
    made = pinned(PIN)
    assert made.python.conda_dependencies is not None
    for option in ("--pre", "--no-cache-dir", "--trusted-host example.org", "--find-links ."):
        made.python.conda_dependencies.set_pip_option(option)
    assert in_venv(resolve_environment(made, home).python) == "2.0.0"


def test_pips_index_variable_counts(
    home: Path, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    require("uv")
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/the-school")
    with pytest.raises(UserErrorException, match="the-school"):
        resolve_environment(pinned(PIN), home)


def test_the_login_of_an_index_is_no_argument(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, uv = tmp_path / "arguments", tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(
        f'#!/bin/sh\necho "$@" >> {arguments}; echo "index=$UV_DEFAULT_INDEX" >> {arguments}.index\n'
        'for last; do :; done; if [ "$1" = venv ]; then mkdir -p "$last"; fi\n'
    )
    uv.chmod(0o755)
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(uv.parent), prepend=os.pathsep)
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:sesame@example.org/simple")
    resolve_environment(pinned(PIN), home)
    assert "install" in arguments.read_text() and "sesame" not in arguments.read_text()
    assert "index=https://me:sesame@example.org/simple" in Path(f"{arguments}.index").read_text()


def test_an_interrupt_ends_the_build(home: Path, require: Callable[[str], None]) -> None:
    require("network")

    def interrupt(line: str) -> None:
        if line.strip().startswith("Resolved"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resolve_environment(pinned(PIN), home, interrupt)
    assert not [p for p in environments_folder(home).iterdir() if p.is_dir()]
    assert resolve_environment(pinned(PIN), home).kind == "venv"


def test_without_uv_the_error_says_what_to_install(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserErrorException) as error:
        resolve_environment(pinned(PIN), home)
    assert error.value.hint == "pip install uv"


def test_a_newer_python_that_is_not_there(home: Path, require: Callable[[str], None]) -> None:
    require("uv")
    made = pinned()
    assert made.python.conda_dependencies is not None
    made.python.conda_dependencies.set_python_version("3.99")
    with pytest.raises(UserErrorException, match=r"Python 3\.99"):
        resolve_environment(made, home)


@pytest.mark.parametrize("place", ["cache", "cache/environments"])
def test_a_folder_that_cannot_be_written(home: Path, place: str) -> None:
    (home / place).parent.mkdir(exist_ok=True)
    (home / place).write_text("a file where the folder should be")
    with pytest.raises(UserErrorException) as error:
        resolve_environment(pinned(PIN), home)
    assert "AML_NB_HOME" in (error.value.hint or "")


def test_a_full_disk(home: Path, require: Callable[[str], None]) -> None:
    """A limit on the size of files stands for it: uv and Python get an error when they write."""
    require("network")
    command = [sys.executable, "-c", f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n{BUILD}"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*command, str(home), PIN], capture_output=True, text=True, env=environ)
    assert "UserErrorException: " in done.stderr
    assert "cannot be" in done.stderr
    assert not [p for p in environments_folder(home).iterdir() if p.is_dir()]
    assert resolve_environment(pinned(PIN), home).kind == "venv"


def test_a_wheel_of_ones_own(home: Path, tmp_path: Path, require: Callable[[str], None]) -> None:
    require("network")
    wheel = tmp_path / "ours_aml-1.0-py3-none-any.whl"
    make_wheel(wheel)
    resolved = resolve_environment(pinned(wheel.as_uri()), home)
    done = subprocess.run([resolved.python, "-c", "import ours_aml; print(ours_aml.WHAT)"], capture_output=True)
    assert done.stdout == b"ours\n"


def make_wheel(path: Path) -> None:
    import zipfile

    info = "ours_aml-1.0.dist-info"
    files = {
        "ours_aml.py": "WHAT = 'ours'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: ours-aml\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
