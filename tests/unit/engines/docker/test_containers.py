"""What a container is asked for, and what is made of how it is, without a daemon."""

from __future__ import annotations

import enum
import os
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from docker.errors import APIError, ImageNotFound, NotFound

from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import containers, deployment, naming, observing, solo_status
from aml_nb.engines.docker.deployment import Deployment, Revision, Solo
from aml_nb.engines.docker.observing import Observation


def spec(kind: str = "ACI", **values: Any) -> ServiceSpec:
    handle = "echo@local" if kind == "LOCAL" else "echo"
    return ServiceSpec(handle, "echo", kind, "/here/score.py", "", **values)


@pytest.mark.parametrize(
    ("kind", "values", "cpu", "memory"),
    [
        ("LOCAL", {}, None, None),
        ("LOCAL", {"memory_gb_limit": 2.0}, None, 2.0),
        ("ACI", {"cpu": 0.5, "memory_gb": 1.0}, 0.5, 1.0),
        ("AKS", {"cpu": 0.5, "memory_gb": 1.0}, None, 1.0),
        ("AKS", {"cpu": 0.5, "cpu_limit": 2.0, "memory_gb": 1.0, "memory_gb_limit": 3.0}, 2.0, 3.0),
    ],
)
def test_caps(kind: str, values: dict[str, Any], cpu: float | None, memory: float | None) -> None:
    asked = spec(kind, **values)
    assert (containers.cpu_cap(asked), containers.memory_cap(asked)) == (cpu, memory)


@pytest.mark.parametrize("began", [False, True])
def test_a_supervisor_that_has_only_begun_is_not_signalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, began: bool
) -> None:
    told: list[tuple[int, int]] = []
    state = tmp_path / "state.json"
    if began:
        state.touch()
    monkeypatch.setattr(os, "kill", lambda *arguments: told.append(arguments))
    monkeypatch.setattr(sys, "argv", ["-c", "1", str(state)])
    exec(containers._SIGNAL, {})
    assert told == ([(1, 1)] if began else [])


def test_a_signal_is_told_by_its_number() -> None:
    class Signals(enum.IntEnum):  # as Python 3.10 writes its own
        SIGHUP = 1

        def __str__(self) -> str:
            return f"Signals.{self.name}"

    class Container:
        name = "echo"

        def exec_run(self, command: list[str]) -> tuple[int, bytes]:
            assert command[-2] == "1"
            return 0, b""

    containers.signal(cast("Any", Container()), Signals.SIGHUP)


@pytest.mark.parametrize(("cpu", "shares"), [(0.001, 2), (0.5, 512), (400.0, 262_144)])
def test_shares_stay_within_what_the_kernel_takes(cpu: float, shares: int) -> None:
    assert containers._limits(None, spec("AKS", cpu=cpu))["cpu_shares"] == shares


def test_a_server_in_a_container_has_one_replicas_workers_and_the_services_rules() -> None:
    asked = spec(concurrency=3, replicas=5, auth="key", scoring_timeout_ms=7, max_queue_wait_ms=8, revision=4)
    config = naming.server_config(asked)
    assert (config.worker_count, config.replica_workers) == (3, 3)
    assert (config.host, config.port, config.app_root) == ("0.0.0.0", 5001, "/var/azureml-app")
    assert (config.auth, config.scoring_timeout_ms, config.max_queue_wait_ms, config.revision) == ("key", 7, 8, 4)


def test_names_tell_workspaces_apart_and_never_repeat(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "services", tmp_path / "b" / "services"
    names = {naming.container_name(spec("LOCAL"), root) for root in (one, one, other)}
    assert len(names) == 3 and all(name.startswith("aml-echo-local-") for name in names)
    assert naming.labels(spec(), one)["aml_nb.root"] != naming.labels(spec(), other)["aml_nb.root"]


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        (Observation("running", ready=True), "Healthy"),
        (Observation("running"), "Transitioning"),
        (Observation("created"), "Transitioning"),
        (Observation("running", started_before=True), "Unhealthy"),
        (Observation("running", restarts=1), "Unhealthy"),
        (Observation("restarting"), "Unhealthy"),
        (Observation("paused"), "Unhealthy"),
        (Observation("exited"), "Failed"),
        (Observation("removed"), "Failed"),
    ],
)
def test_words_of_docker_become_words_of_v1(seen: Observation, word: str) -> None:
    assert solo_status._word(seen) == word


def test_times_of_docker_are_read() -> None:
    assert observing._seconds("2026-01-02T03:04:05.123456789Z") == pytest.approx(1767323045.123457, abs=1e-4)
    assert observing._seconds("2026-01-02T03:04:05Z") == 1767323045.0
    assert observing._seconds("0001-01-01T00:00:00Z") < 0
    assert observing._seconds("") == 0.0


def test_what_a_folder_keeps_is_read_back(tmp_path: Path) -> None:
    given = Deployment(spec(cpu=0.7), "image:1")
    given.write(tmp_path)
    assert Deployment.read(tmp_path) == given
    config = deployment.asdict(naming.server_config(spec()))
    solo = Solo("id", "name", 5, "image:1", revisions={1: Revision("image:1", "/root", None, config)})
    solo = solo.having(2, Revision("image:1", "/root/2", "2", config), error=ServiceError("code", "why", revision=2))
    solo.write(tmp_path)
    assert Solo.read(tmp_path) == solo
    assert (tmp_path / "solo.json").stat().st_mode & 0o777 == 0o600
    assert solo.revisions[1].server_config() == naming.server_config(spec())
    last = solo.revisions[2]
    for number in range(3, 60):
        solo = solo.having(number, last, serving=2)
    assert sorted(solo.revisions) == [2, 57, 58, 59], "the newest, and the one that serves"
    assert (Deployment.read(tmp_path / "none"), Solo.read(tmp_path / "none")) == (None, None)


def api(text: str, cls: type[APIError] = APIError) -> APIError:
    return cls("500 Server Error", explanation=text)


def test_errors_of_the_daemon_say_what_helps() -> None:
    full = clients.explain(api("write /x: no space left on device"), "start it")
    assert isinstance(full, clients.DiskFull) and "docker system" in str(full.hint)
    missing = clients.explain(api("No such image: x", ImageNotFound), "create a container")
    assert "could not create a container: there is no such image" in missing.message
    named = clients.explain(api('The container name "/x" is already in use by container "y"'), "create it")
    assert "another container has its name" in named.message
    assert clients.is_port_conflict(api("driver failed: Bind for 127.0.0.1:80 failed: port is already allocated"))
    assert clients.is_port_conflict(api("listen tcp4 127.0.0.1:80: bind: address already in use"))
    assert not clients.is_port_conflict(api("no such image"))
    assert clients.lacks_init(api('exec: "docker-init": executable file not found in $PATH'))


class Going:
    """A container that somebody else removes, or else holds."""

    def __init__(self, looks: int, why: str) -> None:
        self._looks, self._why = looks, why

    def remove(self, **options: bool) -> None:
        raise APIError("409", explanation=self._why)

    def reload(self) -> None:
        self._looks -= 1
        if self._looks < 0:
            raise NotFound("404")


GOING = "removal of container abc is already in progress"


def test_a_container_that_somebody_else_removes_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_GOING_S", 0.3)
    containers.discard(Going(2, GOING))
    for container in (Going(1000, GOING), Going(2, "device or resource busy")):
        with pytest.raises(APIError):
            containers.discard(container)
