"""Replicas come with the load and go with it; a replica may be several workers."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from aml_nb.scoring.scaling import Scaling
from tests.integration.serving import Service, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes")

SCRIPT = """
import os, time

def init():
    pass

def run(raw_data):
    time.sleep(0.25)
    return [os.getpid(), VERSION]
"""


class Load:
    """Clients that send one request after the other until told to stop."""

    def __init__(self, url: str, clients: int) -> None:
        self.wrong: list[str] = []
        self.answers = 0
        self.versions: set[int] = set()
        self._stop = threading.Event()
        self._url = url
        self._threads = [threading.Thread(target=self._call) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _call(self) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                try:
                    reply = session.post(f"{self._url}/score", data="{}", timeout=20)
                    self.versions.add(reply.json()[1])
                    self.answers += 1
                except Exception as error:
                    self.wrong.append(repr(error))

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("AML_NB_SCALE_DOWN_SECONDS", "1")
    made = Service(
        tmp_path / "service",
        SCRIPT.replace("VERSION", "1"),
        worker_count=2,
        replica_workers=2,
        scaling=Scaling(minimum=1, maximum=3, refresh_s=0.5, target=0.7),
    )
    wait_for(lambda: ready(made) == 1)
    yield made
    made.close()


def ready(service: Service) -> int:
    return int(service.state().get("replicas", {}).get("ready", 0))


def wanted(service: Service) -> int:
    return int(service.state()["replicas"]["wanted"])


def test_replicas_rise_under_load_and_fall_without_a_lost_request(service: Service) -> None:
    assert len(service.state()["workers"]) == 2, "a replica computes two requests at once"
    load = Load(service.url, 10)
    try:
        wait_for(lambda: wanted(service) >= 2)
        wait_for(lambda: ready(service) == 3)
        assert len(service.workers()) == 6
        # An update keeps the number that the load has called for.
        service.update(SCRIPT.replace("VERSION", "2"))
        wait_for(lambda: service.state()["revision"] == 2)
        assert wanted(service) == 3 and ready(service) == 3
    finally:
        load.end()
    wait_for(lambda: len(service.state()["workers"]) == 2)
    wait_for(lambda: (wanted(service), ready(service)) == (1, 1))
    assert load.wrong == [] and load.versions == {1, 2}
    assert "Scaling from 1 to " in service.log() and " to 1 replicas (utilization " in service.log()


def test_one_idle_service_stays_as_it_is(service: Service) -> None:
    time.sleep(1.6)
    assert requests.get(service.url, timeout=5).status_code == 200
    assert wanted(service) == 1 and "Scaling" not in service.log()


def test_scaling_can_be_turned_off_and_on(service: Service) -> None:
    service.update(scaling=None, worker_count=4)
    wait_for(lambda: ready(service) == 2)
    service.update(scaling=Scaling(minimum=3, maximum=5, refresh_s=0.2, target=0.7))
    wait_for(lambda: ready(service) == 3)
    assert len(service.workers()) == 6
    pids = set(service.workers())
    os.kill(next(iter(pids)), 9)
    wait_for(lambda: len(pids & set(service.workers())) == 5 and ready(service) == 3)
