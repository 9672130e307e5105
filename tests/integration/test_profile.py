"""Model.profile: a private service is really measured, and nothing of it is left, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from aml_nb import cli
from aml_nb.core.model import Model
from aml_nb.core.profile import ModelProfile, records
from aml_nb.core.webservice import LocalWebservice, Webservice, services
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException, WebserviceException
from tests.integration.deploying import ECHO, registered, script, until
from tests.loud_shell import loud_shell

BODY = '{"data": [1, 2]}'
# Two milliseconds of CPU a request, and some memory.
BUSY = """
import json, time

def init():
    global ballast
    ballast = bytearray(64 * 1024 * 1024)

def run(raw_data):
    until = time.thread_time() + 0.002
    while time.thread_time() < until:
        pass
    return json.loads(raw_data)["data"]
"""
SLEEPY = "import time\ndef init(): pass\ndef run(data):\n    time.sleep(0.05)\n    return 1\n"
SHORT: dict[str, Any] = {"seconds": 0.3, "loads": [1, 2]}


def started(ws: Workspace, name: str = "slow", **options: Any) -> ModelProfile:
    """A profile that is being measured for as long as a test needs."""
    profile: ModelProfile = Model.profile(ws, name, [], script(SLEEPY), BODY, **{"seconds": 60.0, **options})
    until(lambda: serving(ws, name))
    return profile


def serving(ws: Workspace, name: str) -> bool:
    """Whether the private service of a profile answers."""
    record = records.records(ws).get(name)
    return record is not None and services.engine_of(ws, record).status(record["handle"]).serving


def nothing_left(ws: Workspace) -> bool:
    """No process and no folder of any private service."""
    root = str(ws._folder)
    for process in psutil.process_iter(["cmdline"]):
        if any(root in word for word in process.info["cmdline"] or []):
            return False
    kept = [path.name for path in (ws._folder / "services").iterdir() if not path.name.startswith(".lock-")]
    return kept == [] and not containers(ws)


def containers(ws: Workspace) -> list[str]:
    """The containers of this workspace's services; none where Docker does not carry them."""
    if os.environ.get("AML_NB_ENGINE") != "docker":
        return []
    from aml_nb.engines.docker import inside

    label = f"label={inside.ROOT}={inside.root_label(ws._folder / 'services')}"
    command = ["docker", "ps", "--all", "--quiet", "--filter", label]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def runner(ws: Workspace, name: str) -> int:
    return int(until(lambda: (records.records(ws).get(name) or {}).get("pid")))


@pytest.mark.slow
def test_it_measures(engine: str, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    profile = Model.profile(ws, "busy", [registered(ws)], script(BUSY), BODY, seconds=0.6, loads=[1, 2, 4])
    assert (profile.state, profile.model_ids) == ("Running", ["greeting:1"])
    profile.wait_for_completion(show_output=True)

    assert profile.state == "Succeeded" and profile.error is None
    rows = profile.rows
    assert [row["load"] for row in rows] == [1, 2, 4]
    for row in rows:
        assert row["errors"] == 0 and row["requests"] == pytest.approx(row["requestsPerSecond"] * row["seconds"])
        assert 2.0 <= row["percentile50InMs"] <= row["percentile90InMs"] <= row["percentile99InMs"]
        assert 0.002 <= row["cpuSecondsPerRequest"] < 0.03  # a neighbour's caches and a container's share tell
        assert 64 / 1024 < row["memoryInGB"] < 1
    # One replica answers one after the other: twice the clients, about twice the wait.
    assert rows[2]["percentile50InMs"] > 1.5 * rows[0]["percentile50InMs"]
    most = max(row["cpu"] for row in rows)
    assert 0 < most < 1.5
    assert any("not enforced" in note for note in profile.notes) == (engine == "process")
    assert most <= profile.recommended_cpu <= 1.2 * most + 0.1
    assert profile.max_utilized_memory <= profile.recommended_memory <= 1.25 * profile.max_utilized_memory + 0.1
    assert profile.total_queries == profile.success_queries == sum(row["requests"] for row in rows)
    shown = capsys.readouterr().out
    assert "\nRunning\n" in shown and "requests/s" in shown and "\nSucceeded\n" in shown
    assert f"cpu_cores={profile.recommended_cpu:g}" in shown
    until(lambda: nothing_left(ws))
    assert Webservice.list(ws) == [] and LocalWebservice.list(ws) == []


def test_its_details_have_v1s_keys_and_survive_the_kernel(ws: Workspace) -> None:
    Model.profile(ws, "echo", [], script(), BODY, 1, 0.5, "a try", **SHORT).wait_for_completion()
    profile = ModelProfile(ws, "echo")
    details = profile.get_details()
    assert (details["requestedCpu"], details["requestedMemoryInGB"], details["successRate"]) == (1, 0.5, 100.0)
    assert details["recommendedCpu"] == details["cpu"] == profile.recommended_cpu
    assert details["recommendedMemoryInGB"] == details["memoryInGB"] == profile.recommended_memory
    assert details["latencyPercentile50InMs"] <= details["latencyPercentile999InMs"]
    assert [row["load"] for row in details["loads"]] == [1, 2]
    assert profile.description == "a try" and "name=echo" in repr(profile)
    assert any("no limits on CPU and memory" in note for note in profile.notes)
    data = json.loads(json.dumps(profile.serialize()))
    assert (data["name"], data["state"], data["error"]) == ("echo", "Succeeded", None)


def test_requests_are_sent_in_turn(ws: Workspace) -> None:
    text = "def init(): pass\ndef run(data):\n    assert data != 'bad'\n    return 1\n"
    profile = Model.profile(ws, "half", [], script(text), ["good", "bad"], **SHORT)
    profile.wait_for_completion()
    # Each client begins with another of them, or a row has an odd number: as many as there are clients in both rows.
    refused = profile.total_queries - profile.success_queries
    assert refused > 0 and abs(profile.success_queries - refused) <= 3
    assert sum(row["errors"] for row in profile.rows) == profile.total_queries - profile.success_queries
    assert any("refused: 500" in note for note in profile.notes)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("def init(): pass\ndef run(data):\n    return data['x']\n", 3, "run() raised TypeError"),
        ("def init():\n    raise ValueError('no model')\ndef run(data): pass\n", 2, "no model"),
    ],
)
def test_a_script_that_fails_is_shown(ws: Workspace, text: str, line: int, said: str) -> None:
    profile = Model.profile(ws, "bad", [], script(text), BODY, **SHORT)
    with pytest.raises(WebserviceException) as caught:
        profile.wait_for_completion()
    assert said in caught.value.message
    assert caught.value.source is not None and caught.value.source.line == line
    assert caught.value.source.path == str(Path("score.py").resolve())
    assert profile.state == "Failed" and profile.error is not None
    assert profile.recommended_cpu is None and "recommendedCpu" not in profile.get_details()
    assert "Traceback" in Path(str(profile.error_logs_url).removeprefix("file://")).read_text()
    until(lambda: nothing_left(ws))


def test_a_service_that_dies_under_the_load_is_why(ws: Workspace) -> None:
    text = "import os\ndef init(): pass\ndef run(data): os._exit(7)\n"
    profile = Model.profile(ws, "dies", [], script(text), BODY, **SHORT)
    with pytest.raises(WebserviceException, match="ended with exit code 7"):
        profile.wait_for_completion()
    until(lambda: nothing_left(ws))


@pytest.mark.parametrize("again", [False, True])
def test_a_killed_measurement_is_failed_and_its_service_goes(engine: str, ws: Workspace, again: bool) -> None:
    started(ws)
    os.kill(runner(ws, "slow"), signal.SIGKILL)
    until(lambda: not records.measured(ws, "slow"))
    if again:  # the name is taken again, and nobody has looked meanwhile
        Model.profile(ws, "slow", [], script(), BODY, **SHORT).wait_for_completion()
    profile = until(lambda: (found := ModelProfile(ws, "slow")).state != "Running" and found)
    if not again:
        assert profile.state == "Failed" and "killed" in profile.error["message"]
        with pytest.raises(WebserviceException, match="killed"):
            profile.wait_for_completion()
    until(lambda: nothing_left(ws))


def test_one_that_is_told_to_end_cleans_up(ws: Workspace) -> None:
    started(ws)
    os.kill(runner(ws, "slow"), signal.SIGTERM)
    until(lambda: nothing_left(ws))
    assert records.records(ws).get("slow")["error"]["code"] == "stopped"  # type: ignore[index]


def test_another_kernel_finds_it(ws: Workspace) -> None:
    code = (
        "from aml_nb import InferenceConfig, Model, Workspace\n"
        "ws = Workspace.get('test-ws')\n"
        f"Model.profile(ws, 'other', [], InferenceConfig('score.py'), {BODY!r}, seconds=0.3, loads=[1, 2])\n"
    )
    script()
    root = str(Path(cli.__file__).parents[1])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": root}, timeout=60)
    profile = ModelProfile(ws, "other")
    profile.wait_for_completion()
    assert profile.state == "Succeeded"


def test_one_name_at_a_time(ws: Workspace) -> None:
    profile = started(ws)
    with pytest.raises(WebserviceException, match="being measured now") as caught:
        Model.profile(ws, "slow", [], script(), BODY)
    assert caught.value.status_code == 409
    profile._delete()
    until(lambda: nothing_left(ws))
    with pytest.raises(WebserviceException, match="ModelProfileNotFound"):
        ModelProfile(ws, "slow")
    first = Model.profile(ws, "slow", [], script(), BODY, **SHORT)
    first.wait_for_completion()
    second = Model.profile(ws, "slow", [], script(), BODY, **SHORT)
    second.wait_for_completion()
    assert first.id != second.id == ModelProfile(ws, "slow").id


def test_a_workspace_that_is_deleted_takes_it_along(ws: Workspace) -> None:
    started(ws)
    pid = runner(ws, "slow")
    ws.delete()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    root = str(ws._folder)
    assert not [p for p in psutil.process_iter(["cmdline"]) if any(root in w for w in p.info["cmdline"] or [])]


def test_bad_arguments(ws: Workspace) -> None:
    config = script()
    with pytest.raises(WebserviceException, match="profile name is invalid"):
        Model.profile(ws, "no such/name", [], config, BODY)
    with pytest.raises(WebserviceException, match="cpu must be a number"):
        Model.profile(ws, "p", [], config, BODY, cpu=64)
    with pytest.raises(UserErrorException, match="no request|from a NoneType"):
        Model.profile(ws, "p", [], config)
    with pytest.raises(UserErrorException, match="numbers of clients"):
        Model.profile(ws, "p", [], config, BODY, loads=[0])
    with pytest.raises(UserErrorException, match="seconds must be"):
        Model.profile(ws, "p", [], config, BODY, seconds=-1)
    assert ModelProfile._list(ws) == []
    with pytest.raises(WebserviceException, match="ModelProfileNotFound"):
        ModelProfile(ws, "p")


def test_v1s_first_name_for_the_requests(ws: Workspace) -> None:
    profile = Model.profile(
        workspace=ws, profile_name="old", models=[], inference_config=script(), input_data=BODY, **SHORT
    )
    profile.wait_for_completion()
    assert profile.success_rate == 100


def test_as_magics(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    Path("score.py").write_text(ECHO)
    with loud_shell() as shell:
        shell.run_cell("%load_ext aml_nb")
        shell.user_ns["rows"] = {"data": [1]}
        card = shell.value("%profile run iris $rows --script score.py --seconds 0.3 --loads 1,2")
        assert card.profile.state == "Succeeded" and "cpu_cores=" in repr(card)
        shell.run_cell("%%profile run other --script score.py --seconds 0.3 --loads 1\n" + BODY)
        table = shell.value("%profile list")
        assert [item.name for item in table] == ["iris", "other"]
        shown = shell.value("%profile show iris")
        assert "CPU cores" in repr(shown) and "<table" in shell.html(shown)
        assert "recommended" in shell.html(table["iris"])
        assert "iris" in shell.completions("%profile show ")
        shell.run_cell("%profile delete other")
        assert len(shell.value("%profile list")) == 1
        shell.run_cell("%unload_ext aml_nb")


def test_as_a_command(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("score.py").write_text(ECHO)
    Path("bodies.jsonl").write_text(f"{BODY}\n{BODY}\n")
    words = ["profile", "run", "iris", "--requests", "bodies.jsonl", "--script", "score.py", "--loads", "1"]
    assert cli.main([*words, "--seconds", "0.3", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["state"], [row["load"] for row in data["loads"]]) == ("Succeeded", [1])
    assert cli.main(["profile", "show", "iris"]) == 0
    assert "recommended" in capsys.readouterr().out
    assert cli.main(["profile", "show", "irsi"]) == 1
    assert "did you mean 'iris'" in capsys.readouterr().err
    assert cli.main(["profile", "run", "iris", "--script", "score.py"]) == 2
    assert cli.main(["profile", "run", "iris", BODY, "--script", "score.py", "--loads", "many"]) == 2


def test_it_is_no_service_of_the_users(ws: Workspace) -> None:
    started(ws)
    assert ws.webservices == {} and LocalWebservice.list(ws) == []
    began = time.monotonic()
    ModelProfile(ws, "slow")._delete()
    assert time.monotonic() - began < 40


def on_docker(require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")


@pytest.mark.slow
def test_a_container_is_held_to_its_cpu(
    ws: Workspace, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_docker(require, monkeypatch)
    for number in range(5):  # others may keep it from having even that much
        profile = Model.profile(ws, f"narrow-{number}", [], script(BUSY), BODY, cpu=0.2, seconds=2.0, loads=[2])
        profile.wait_for_completion()
        assert profile.max_utilized_cpu < 0.3
        assert profile.measured_queries_per_second < 0.3 / 0.002
        until(lambda: nothing_left(ws))
        if full := any("all of the 0.2 cores" in note for note in profile.notes):
            break
    assert full


@pytest.mark.slow
def test_a_container_without_enough_memory_says_so(
    ws: Workspace, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_docker(require, monkeypatch)
    text = "def init(): pass\ndef run(data):\n    return len(b'x' * (400 * 1024 * 1024))\n"
    profile = Model.profile(ws, "starved", [], script(text), BODY, memory_in_gb=0.2, **SHORT)
    with pytest.raises(WebserviceException, match="more memory than (its|the) 0.2 GB"):
        profile.wait_for_completion()
    until(lambda: nothing_left(ws))
