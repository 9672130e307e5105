"""kill -9 at random moments of deploying and deleting: the workspace opens, and nothing runs unseen."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import pytest

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AksWebservice, LocalWebservice, Webservice, launching, update
from aml_nb.core.workspace import Workspace
from aml_nb.engines.process import ProcessEngine
from tests.integration.deploying import BODY, registered, script, until, version

ROOT = Path(__file__).parents[2]
PARTS, KILLS = 3, 9
"""Parts that may run beside other tests, and how often a notebook is killed in each."""
STATES = {"Transitioning", "Healthy", "Failed", "Deleting", "deploying", "running", "failed", "unknown"}

VICTIM = """
import sys
from aml_nb import AciWebservice, InferenceConfig, LocalWebservice, Model, Webservice, Workspace
ws = Workspace.get("test-ws")
model, config = Model(ws, "greeting"), InferenceConfig("score.py")
print("ready", flush=True)
input()
while True:
    local = Model.deploy(ws, "victim", [model], config, LocalWebservice.deploy_configuration())
    cloud = Model.deploy(ws, "victim", [model], config, AciWebservice.deploy_configuration(), overwrite=True)
    local.reload()
    cloud.update(models=[model], inference_config=config)
    cloud.delete()
    local.delete()
"""


def begun() -> subprocess.Popen[str]:
    """A victim that will wait for a line; starting takes it longer than what it does until it is killed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", VICTIM], text=True, env=env, **pipes)


def kill(victim: subprocess.Popen[str], seconds: float) -> None:
    """Let the victim work for a moment, and kill it."""
    assert victim.stdin is not None and victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"
    victim.stdin.write("\n")
    victim.stdin.flush()
    time.sleep(seconds)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()


@pytest.fixture
def victims(ws: Workspace) -> Iterator[Iterator[subprocess.Popen[str]]]:
    """One after the other, each begun while the one before is dealt with."""
    registered(ws)
    script()
    ahead = [begun()]

    def each() -> Iterator[subprocess.Popen[str]]:
        while True:
            ahead.append(begun())
            yield ahead.pop(0)

    yield each()
    for victim in ahead:
        victim.kill()
        victim.communicate()


def supervisors(ws: Workspace) -> set[str]:
    """The handles of the services of this workspace that some supervisor runs."""
    root = str(ws._folder / "services")
    found = set()
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "aml_nb.scoring.supervisor" in line and line[-1].startswith(root):
            found.add(Path(line[-1]).name)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_notebook_leaves_a_whole_workspace(
    ws: Workspace, victims: Iterator[subprocess.Popen[str]], part: int
) -> None:
    chance = random.Random(20 + part)
    for _ in range(KILLS):
        kill(next(victims), chance.uniform(0.0, 1.2))
        services = [*Webservice.list(ws), *LocalWebservice.list(ws)]
        assert {service.state for service in services} <= STATES
        recorded = {handle for handle, _ in ws._store.records("webservice").list()}
        until(lambda known=recorded: supervisors(ws) <= known)
        for service in services:
            service.delete()
        until(lambda: not supervisors(ws))

    service = Model.deploy(ws, "victim", [Model(ws, "greeting")], script(), LocalWebservice.deploy_configuration())
    assert service.run(BODY)["data"] == [1, 2]
    kept = [p.name for p in (ws._folder / "services").iterdir() if not p.name.startswith(".lock-")]
    assert kept == ["victim@local"]


def killed(*_: Any) -> None:
    """Stands for what a killed process did not come to."""
    raise SystemExit


def test_killed_while_another_is_built_the_one_that_serves_keeps_its_record(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = LocalWebservice.deploy_configuration()
    first = Model.deploy(ws, "echo", [registered(ws)], version(1), config)
    first.wait_for_deployment()
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(ProcessEngine, "_stage", killed)
        patched.setattr(launching, "_undo", lambda *_: None)
        Model.deploy(ws, "echo", [registered(ws, text="other")], version(2), config)

    found = LocalWebservice(ws, "echo")
    assert [model.id for model in found.models] == ["greeting:1"]
    assert (found.state, found.run(BODY)["version"]) == ("running", 1)


def test_one_whose_deployment_was_killed_is_there_after_a_reload(
    engine: str, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_ = ProcessEngine if engine == "process" else import_module("aml_nb.engines.docker.engine").DockerEngine
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(class_, "_stage", killed)
        patched.setattr(launching, "_undo", lambda *_: None)
        Model.deploy(ws, "echo", [registered(ws)], version(1), LocalWebservice.deploy_configuration())

    found = LocalWebservice(ws, "echo")
    assert (found.state, found.error["details"][0]["code"]) == ("failed", "interrupted")
    found.reload(wait=True)
    assert (found.state, found.run(BODY)["version"]) == ("running", 1)


def test_killed_before_the_engine_hears_of_it_a_service_has_its_replicas_all_the_same(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = ComputeTarget.create(ws, "cluster", AksCompute.provisioning_configuration())
    config = AksWebservice.deploy_configuration(num_replicas=1, auth_enabled=False)
    service = Model.deploy(ws, "echo", [], version(1), config, target)
    service.wait_for_deployment()
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(ProcessEngine, "update", killed)
        patched.setattr(update, "_take_back", lambda *_: None)
        service.update(num_replicas=2, autoscale_enabled=False)

    assert Webservice(ws, "echo").num_replicas == 2
    until(lambda: Webservice(ws, "echo").deployment_status["availableReplicas"] == 2)
