"""Scripts that are submitted for real: how they run, what they are given, how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from aml_nb.core.compute import AmlCompute, ComputeTarget
from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.estimators import Estimator
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.run_configuration import (
    DockerConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
)
from aml_nb.core.runs.script_run_config import ScriptRunConfig, submit
from aml_nb.core.runs.submitting import launch
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, ExperimentExecutionException, UserErrorException


@pytest.fixture
def experiment(ws: Workspace) -> Experiment:
    return Experiment(ws, "scripts")


@pytest.fixture
def src(home: Path) -> Path:
    folder = Path("src")
    folder.mkdir()
    return folder


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


def until(done: Any, seconds: float = 60.0) -> None:
    """Wait for something that another process does."""
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.02)


def log_of(run: Run, name: str = "user_logs/std_log.txt") -> str:
    path = run._folder.logs / name
    return path.read_text() if path.exists() else ""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_script_has_its_folder_its_arguments_and_its_run(experiment: Experiment, src: Path) -> None:
    script(src, "VALUE = 7\n", "utils.py")
    script(src, "hello\n", "data/words.txt")
    script(
        src,
        """
import os, sys
from utils import VALUE
from azureml.core import Run
import numpy as np
run = Run.get_context()
print(sys.argv, VALUE, open("data/words.txt").read().strip())
run.log("depth", np.float64(0.5))
run.log_list("steps", [1, 2])
run.tag("kind", "tree")
os.makedirs("outputs", exist_ok=True)
open("outputs/model.pkl", "w").write("model")
open("logs/note.txt", "w").write("note")
open("scratch.txt", "w").write("x")
try:
    input()
except EOFError:
    print("no terminal")
print(run.id, run.experiment.name)
run.complete()
""",
        "lib/train.py",
    )
    config = ScriptRunConfig(str(src), "lib/train.py", arguments=["--name", "a b", "--depth", 3, 0.5, True])
    run = experiment.submit(config, tags={"t": "1"})
    details = run.wait_for_completion()
    assert details["status"] == "Completed" and details["runId"] == run.id
    assert re.fullmatch(r"scripts_\d{10}_[0-9a-f]{8}", run.id)
    words = log_of(run).splitlines()
    assert words[0] == "['lib/train.py', '--name', 'a b', '--depth', '3', '0.5', 'True'] 7 hello"
    assert words[1:] == ["no terminal", f"{run.id} scripts"]
    assert run.get_metrics() == {"depth": 0.5, "steps": [1, 2]}
    assert run.get_tags() == {"t": "1", "kind": "tree"}
    assert run.get_file_names() == ["logs/note.txt", "outputs/model.pkl", "user_logs/std_log.txt"]
    assert not (run._folder.work).exists()
    assert run.get_properties().keys() == {"_azureml.ComputeTargetType", "ContentSnapshotId"}
    definition = details["runDefinition"]
    assert definition["script"] == "lib/train.py" and definition["arguments"][0:2] == ["--name", "a b"]
    assert details["target"] == "local" and details["startTimeUtc"] <= details["endTimeUtc"]
    assert run.restore_snapshot(path="there").endswith(".zip")
    assert type(Run.get(experiment.workspace, run.id)).__name__ == "ScriptRun"


def test_what_is_submitted_is_a_copy(experiment: Experiment, src: Path) -> None:
    script(src, "import time, pathlib\ntime.sleep(0.3)\nprint(pathlib.Path('other.txt').read_text())\n")
    script(src, "as it was", "other.txt")
    run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
    script(src, "changed", "other.txt")
    run.wait_for_completion()
    assert log_of(run) == "as it was\n"


def test_output_is_shown_as_v1_shows_it(experiment: Experiment, src: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = experiment.submit(ScriptRunConfig(str(script(src, "print('grüße')\n")), "train.py"))
    run.wait_for_completion(show_output=True)
    where = f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n"
    title = "Streaming user_logs/std_log.txt"
    expected = f"{where}\n{title}\n{'=' * len(title)}\n\ngrüße\n\nExecution Summary\n=================\n{where}\n"
    assert capsys.readouterr().out == expected


def test_output_is_shown_while_the_script_runs(
    experiment: Experiment, src: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt stops the showing; the script goes on."""
    script(src, "import os, time\nprint('one')\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\nprint('two')\n")
    run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
    shown = ""

    def sleep(seconds: float, real: Any = time.sleep) -> None:
        nonlocal shown
        real(seconds)
        shown += capsys.readouterr().out
        if "one\n" in shown:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("aml_nb.core.runs.waiting.time.sleep", sleep)
        with pytest.raises(ExperimentExecutionException, match="still executing"):
            run.wait_for_completion(show_output=True)
    assert "two" not in shown and run.get_status() in ("Starting", "Running")
    (run._folder.work / "go").touch()
    assert run.wait_for_completion()["status"] == "Completed" and log_of(run) == "one\ntwo\n"


def test_a_script_that_raises_names_its_line(experiment: Experiment, src: Path) -> None:
    script(src, "import os\nopen('outputs/kept.txt', 'w').write('x')\nlines = []\nprint(lines[3])\n")
    run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
    with pytest.raises(ActivityFailedException) as told:
        run.wait_for_completion(show_output=True)
    text = told.value._text()
    assert f"{src.absolute()}/train.py, line 4" in text and "-->    4 print(lines[3])" in text
    assert "IndexError: list index out of range" in text
    assert json.loads(told.value.error_details)["error"]["code"] == "UserError"
    assert run.get_status() == "Failed" and run._look().payload["error"]["error"]["line"] == 4
    assert not {"file", "line", "first", "lines"} & set(run.get_details()["error"]["error"]), "v1 has no such fields"
    assert "outputs/kept.txt" in run.get_file_names()
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Failed"


@pytest.mark.parametrize(
    "text, word",
    [
        ("import sys\nprint('bye')\nsys.exit(3)\n", "exit code 3. Its last lines:\nbye"),
        ("import os\nos.kill(os.getpid(), 11)\n", "SIGSEGV"),
        ("import os\nos.kill(os.getpid(), 9)\n", "SIGKILL"),
        ("def (:\n", "SyntaxError"),
    ],
)
def test_ways_to_fail(experiment: Experiment, src: Path, text: str, word: str) -> None:
    run = experiment.submit(ScriptRunConfig(str(script(src, text)), "train.py"))
    error = run.wait_for_completion(raise_on_error=False)["error"]
    assert word in error["error"]["message"]


@pytest.mark.parametrize("command", ["echo $MODE && {python} show.py 'a b'", ["{python}", "show.py", "a"]])
def test_commands(experiment: Experiment, src: Path, command: Any) -> None:
    script(src, "import sys; from azureml.core import Run; Run.get_context().log('n', len(sys.argv))\n", "show.py")
    config = RunConfiguration()
    config.environment_variables = {"MODE": "fast"}
    given = [word.format(python="python") for word in command] if isinstance(command, list) else command
    config.command = given if isinstance(given, list) else given.format(python="python")
    run = experiment.submit(ScriptRunConfig(str(src), run_config=config))
    run.wait_for_completion()
    assert run.get_metrics() == {"n": 2}
    assert log_of(run) == ("" if isinstance(command, list) else "fast\n")


def test_several_processes_each_know_who_they_are(experiment: Experiment, src: Path) -> None:
    script(
        src,
        "import os\nfrom azureml.core import Run\nrank = os.environ['OMPI_COMM_WORLD_RANK']\n"
        "Run.get_context().log('rank', int(rank))\nprint(rank, os.environ['WORLD_SIZE'])\n",
    )
    config = ScriptRunConfig(str(src), "train.py", distributed_job_config=MpiConfiguration(3))
    run = experiment.submit(config)
    run.wait_for_completion()
    assert sorted(run.get_metrics()["rank"]) == [0, 1, 2]
    assert [log_of(run, f"user_logs/std_log_process_{rank}.txt") for rank in range(3)] == ["0 3\n", "1 3\n", "2 3\n"]


def test_a_process_that_fails_ends_the_others(experiment: Experiment, src: Path) -> None:
    script(
        src,
        "import json, os, time\ntask = json.loads(os.environ['TF_CONFIG'])['task']\n"
        "if task == {'type': 'worker', 'index': 1}:\n    raise ValueError('worker 1')\ntime.sleep(600)\n",
    )
    config = ScriptRunConfig(str(src), "train.py", distributed_job_config=TensorflowConfiguration(2, 1))
    error = experiment.submit(config).wait_for_completion(raise_on_error=False)["error"]
    assert "ValueError: worker 1" in error["error"]["message"]


def test_tasks_are_tried_again(experiment: Experiment, src: Path) -> None:
    script(
        src,
        "import os, pathlib, sys\nmark = pathlib.Path('mine', os.environ['AZUREML_TASK_INDEX'])\n"
        "mark.parent.mkdir(exist_ok=True)\nif not mark.exists():\n    mark.touch()\n    sys.exit(4)\n",
    )
    tasks = ParallelTaskConfiguration()
    tasks.worker_count_per_node, tasks.max_retries_per_worker = 2, 1
    config = ScriptRunConfig(str(src), "train.py", distributed_job_config=tasks)
    config.run_config.history.directories_to_watch = ["logs", "mine"]
    run = experiment.submit(config)
    assert run.wait_for_completion()["status"] == "Completed"
    assert "exit code 4: it is started again" in log_of(run, "user_logs/std_log_process_1.txt")
    assert {"mine/0", "mine/1"} <= set(run.get_file_names())
    tasks.terminal_exit_codes = [4]
    assert experiment.submit(config).wait_for_completion(raise_on_error=False)["status"] == "Failed"


def test_parameter_servers_end_with_the_workers(experiment: Experiment, src: Path) -> None:
    script(
        src,
        "import json, os, time\nif json.loads(os.environ['TF_CONFIG'])['task']['type'] == 'ps':\n    time.sleep(600)\n",
    )
    config = ScriptRunConfig(str(src), "train.py", distributed_job_config=TensorflowConfiguration(1, 1))
    assert experiment.submit(config).wait_for_completion()["status"] == "Completed"


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
far = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
near = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), far.pid, near.pid, flush=True)
time.sleep(600)
"""


def test_cancel_ends_everything_that_the_script_started(
    experiment: Experiment, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = experiment.submit(ScriptRunConfig(str(script(src, STUBBORN)), "train.py"))
    until(lambda: log_of(run).endswith("\n"))
    pids = [int(word) for word in log_of(run).split()]
    run.cancel()
    assert run.get_status() == "CancelRequested"
    assert run.wait_for_completion()["status"] == "Canceled"
    assert all(gone(pid) for pid in pids)
    run.cancel()
    assert run.get_status() == "Canceled"


def test_cancel_at_any_moment_of_the_start(experiment: Experiment, src: Path) -> None:
    script(src, "import time\nprint('up', flush=True)\ntime.sleep(600)\n")
    for pause in (0.0, 0.02, 0.05, 0.1):
        run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
        time.sleep(pause)
        run.cancel()
        assert run.wait_for_completion()["status"] == "Canceled"


def test_a_run_that_waits_for_a_node_is_queued_and_cancelled_there(
    ws: Workspace, experiment: Experiment, src: Path
) -> None:
    cluster = ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=1))
    script(src, "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\n")
    config = ScriptRunConfig(str(src), "train.py", compute_target=cluster)
    first, second, third = (experiment.submit(config) for _ in range(3))
    until(lambda: first.get_status() == "Running")
    assert (second.get_status(), third.get_status()) == ("Queued", "Queued")
    second.cancel()
    assert second.wait_for_completion()["status"] == "Canceled" and log_of(second) == ""
    (first._folder.work / "go").touch()
    assert first.wait_for_completion()["status"] == "Completed"
    until(lambda: third.get_status() == "Running")
    (third._folder.work / "go").touch()
    assert third.wait_for_completion()["target"] == "cpu"


def test_a_run_has_its_time_and_no_more(experiment: Experiment, src: Path) -> None:
    script(src, "import time\ntime.sleep(600)\n")
    run = experiment.submit(ScriptRunConfig(str(src), "train.py", max_run_duration_seconds=1))
    details = run.wait_for_completion()
    assert details["status"] == "Canceled"
    assert "max_run_duration_seconds=1" in details["error"]["error"]["message"]


def test_a_killed_keeper_is_found_out_and_its_script_ended(experiment: Experiment, src: Path) -> None:
    script(src, "import os, time\nprint('last words', os.getpid(), flush=True)\ntime.sleep(600)\n")
    run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
    until(lambda: log_of(run).endswith("\n") and (run._folder.path / "keeper.json").exists())
    pid = int(log_of(run).split()[-1])
    psutil.Process(json.loads((run._folder.path / "keeper.json").read_text())["pid"]).kill()
    until(lambda: run.get_status() == "Failed")
    assert "last words" in run.get_details()["error"]["error"]["message"]
    until(lambda: gone(pid))


def test_a_keeper_killed_at_any_moment_leaves_nothing(experiment: Experiment, src: Path) -> None:
    script(src, "import time\nprint('up', flush=True)\ntime.sleep(600)\n")
    for pause in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2):
        run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
        time.sleep(pause)
        launch._started[-1].kill()
        launch._started[-1].wait()
        until(lambda run=run: run.get_status() == "Failed")  # a script that was not yet exec'd has the lock until it is
        until(lambda: not [each for each in psutil.process_iter() if _of(each, experiment.workspace)])


def test_a_large_log_keeps_its_ends(experiment: Experiment, src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_RUN_LOG_MB", "0.5")
    script(src, "print('begin')\nfor n in range(30000):\n    print('line', n, 'x' * 80)\nprint('end')\n")
    run = experiment.submit(ScriptRunConfig(str(src), "train.py"))
    run.wait_for_completion()
    text = log_of(run)
    assert text.startswith("begin\nline 0 ") and text.endswith("\nend\n") and len(text) < 600_000
    assert "bytes are left out here" in text


def test_what_cannot_be_submitted_leaves_no_run(experiment: Experiment, src: Path) -> None:
    script(src, "print(1)\n")
    for config, word in (
        (ScriptRunConfig(str(src), "tran.py"), "train.py"),
        (ScriptRunConfig("nowhere", "train.py"), "source_directory"),
        (ScriptRunConfig(str(src), "../outside.py"), "train.py"),
        (ScriptRunConfig(str(src), "train.py", [object()]), "text, numbers"),
    ):
        with pytest.raises(UserErrorException) as told:
            experiment.submit(config)
        assert told.value.hint and word in told.value.hint
    assert list(experiment.get_runs()) == []
    assert not list((experiment.workspace._folder / "runs").glob("*"))


def test_variables_reach_the_script_and_the_notebooks_do_not(
    experiment: Experiment, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("KEPT", "yes")
    script(src, "import os\nprint(os.environ.get('MPLBACKEND'), os.environ['KEPT'], os.environ['MODE'])\n")
    environment = Environment("e")
    environment.environment_variables = {"MODE": "env"}
    environment.python.user_managed_dependencies = True
    run = experiment.submit(ScriptRunConfig(str(src), "train.py", environment=environment))
    run.wait_for_completion()
    assert log_of(run) == "None yes env\n"


def test_docker_is_said_not_to_be_used(experiment: Experiment, src: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = ScriptRunConfig(str(script(src, "")), "train.py", docker_runtime_config=DockerConfiguration(True))
    run = experiment.submit(config)
    assert capsys.readouterr().out.count("\n") == 1
    assert run.wait_for_completion()["status"] == "Completed"


def test_estimators_and_the_function_submit_too(ws: Workspace, src: Path) -> None:
    script(src, "import sys\nprint(sys.argv[1:])\n")
    estimator = Estimator(
        str(src), entry_script="train.py", script_params={"--a": 1, "--b": ""}, compute_target="local"
    )
    run = Experiment(ws, "est").submit(estimator)
    run.wait_for_completion()
    assert log_of(run) == "['--a', '1', '--b']\n"
    again = submit(ScriptRunConfig(str(src), "train.py", ["x"]), ws, "other", run_id="mine", _parent_run_id=run.id)
    again.wait_for_completion()
    assert again.id == "mine" and [child.id for child in run.get_children()] == ["mine"]


def test_a_run_goes_on_from_another_ones_outputs(experiment: Experiment, src: Path) -> None:
    script(src, "open('outputs/state.txt', 'w').write('epoch 3')\n", "first.py")
    script(src, "import os, sys\nprint(open(os.path.join(sys.argv[2], 'state.txt')).read(), sys.argv[1])\n")
    first = experiment.submit(ScriptRunConfig(str(src), "first.py"))
    first.wait_for_completion()
    second = experiment.submit(ScriptRunConfig(str(src), "train.py", resume_from=first))
    second.wait_for_completion()
    assert log_of(second) == "epoch 3 --resume-from\n"


def test_an_environment_that_cannot_be_made_is_the_reason(experiment: Experiment, src: Path, require: Any) -> None:
    require("uv")
    environment = Environment("never")
    packages = CondaDependencies.create(pip_packages=["no-such-package-of-anybody==1.0"])
    packages.set_pip_option("--no-index")
    environment.python.conda_dependencies = packages
    run = experiment.submit(ScriptRunConfig(str(script(src, "")), "train.py", environment=environment))
    assert run.get_status() in ("Preparing", "Failed")
    error = run.wait_for_completion(raise_on_error=False)["error"]
    assert "no-such-package-of-anybody" in error["error"]["message"]
    assert "azureml-logs/20_image_build_log.txt" in run.get_file_names()


def test_the_python_of_a_run_is_the_running_one(experiment: Experiment, src: Path) -> None:
    run = experiment.submit(ScriptRunConfig(str(script(src, "import sys\nprint(sys.executable)\n")), "train.py"))
    run.wait_for_completion()
    assert os.path.realpath(log_of(run).strip()) == os.path.realpath(sys.executable)


def test_a_run_that_a_script_submits_outlives_it(experiment: Experiment, src: Path) -> None:
    script(src, "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\nprint('child')\n", "child.py")
    script(
        src,
        "from azureml.core import Run, ScriptRunConfig\nrun = Run.get_context()\n"
        "child = run.experiment.submit(ScriptRunConfig('.', 'child.py'))\nprint(child.id)\n",
    )
    parent = experiment.submit(ScriptRunConfig(str(src), "train.py"))
    assert parent.wait_for_completion()["status"] == "Completed"
    child = Run.get(experiment.workspace, log_of(parent).split()[-1])
    assert child.get_status() in ("Starting", "Running")
    (child._folder.work / "go").touch()
    assert child.wait_for_completion()["status"] == "Completed" and log_of(child) == "child\n"


NOTEBOOK = """
import subprocess
import sys
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace
run = Experiment(Workspace.get("test-ws"), "scripts").submit(ScriptRunConfig("src", "train.py"))
print(run.id, flush=True)
sys.stdin.read()
"""


def test_a_run_goes_on_without_its_kernel(
    experiment: Experiment, src: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script(src, "import os, time\nprint('one')\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\nprint('two')\n")
    with subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        run_id = kernel.stdout.readline().strip()
        kernel.kill()
    run = Run.get(experiment.workspace, run_id)
    assert not run._look().over
    until(lambda: log_of(run) == "one\n")
    (run._folder.work / "go").touch()
    assert run.wait_for_completion(show_output=True)["status"] == "Completed"
    assert "one\ntwo\n" in capsys.readouterr().out


def _of(process: psutil.Process, workspace: Workspace) -> bool:
    """Whether a process was started for this test and goes on; the test itself has the name of its home, too."""
    try:
        home = process.environ().get("AML_NB_HOME")
    except psutil.Error:
        return False
    return home == str(workspace._folder.parent.parent) and process.pid != os.getpid()


@pytest.mark.slow
def test_an_environment_is_built_once(experiment: Experiment, src: Path, require: Any) -> None:
    require("network")
    script(
        src,
        "import sys\nfrom azureml.core import Run\nrun = Run.get_context()\nrun.tag('prefix', sys.prefix)\n"
        "import iniconfig\nfrom importlib.metadata import version\nrun.log('version', version('iniconfig'))\n",
    )
    environment = Environment("small")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["iniconfig==1.1.1"])
    config = ScriptRunConfig(str(src), "train.py", environment=environment)
    first = experiment.submit(config)
    assert first.get_status() == "Preparing"
    first.wait_for_completion()
    second = experiment.submit(config)
    assert second.get_status() == "Starting"
    second.wait_for_completion()
    assert first.get_metrics() == second.get_metrics() == {"version": "1.1.1"}
    assert first.get_tags()["prefix"] == second.get_tags()["prefix"] != sys.prefix
    assert "small is ready" in log_of(first, "azureml-logs/20_image_build_log.txt")


def test_a_build_is_cancelled(experiment: Experiment, src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes the place of uv never ends by itself."""
    uv = script(src, "#!/bin/sh\nexec sleep 600\n", "bin/uv") / "bin" / "uv"
    uv.chmod(0o755)
    environment = Environment("endless")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["no-such-package==1.0"])
    monkeypatch.setenv("PATH", f"{uv.parent.absolute()}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(script(src, "raise ImportError\n", "site/uv.py").absolute() / "site"))
    run = experiment.submit(ScriptRunConfig(str(script(src, "")), "train.py", environment=environment))
    until(lambda: "Building" in log_of(run, "azureml-logs/20_image_build_log.txt"))
    run.cancel()
    assert run.wait_for_completion()["status"] == "Canceled" and log_of(run) == ""
    until(lambda: not [each for each in psutil.process_iter() if _of(each, experiment.workspace)])
