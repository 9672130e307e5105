"""A daemon that dies, and a builder that is killed, in the middle of a build. The daemon is the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines.docker import base_image, build, inside
from aml_nb.engines.docker.build import BuildLog, Layer, add_layer, clear, find, only_one
from aml_nb.engines.docker.client import DaemonAway, connect
from tests.integration.own_daemon import OwnDaemon, can_run, folder

pytestmark = [
    pytest.mark.slow,
    # Where nobody listens, the client of Docker forgets to close the socket that it tried with.
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
TAG = "aml-nb-test/cut:1"
SLEEPY = f"""
from aml_nb.engines.docker.build import BuildLog, Layer, add_layer, only_one
from aml_nb.engines.docker.client import connect
import sys
log = BuildLog(print)
with only_one({TAG!r}, log):
    add_layer(connect(), Layer(sys.argv[1], {TAG!r}, command="sleep 120"), log)
"""


def silent(line: str) -> None: ...


@pytest.fixture
def own(require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnDaemon]:
    require("docker")
    if why := can_run():
        pytest.skip(why)
    daemon = OwnDaemon(folder())
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.discard()


def _builders(client: Any) -> list[Any]:
    found: list[Any] = client.api.containers(filters={"name": build.CONTAINER})
    return found


def _until(true: Callable[[], Any], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_a_daemon_that_dies_is_told_and_the_next_build_goes_through(own: OwnDaemon) -> None:
    client = connect()
    base = base_image.make(client, BuildLog(silent))

    def kill() -> None:
        _until(lambda: _builders(client))
        own.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(DaemonAway):
        add_layer(client, Layer(base, TAG, command="sleep 120"), BuildLog(silent))
    killer.join()

    own.start()
    client = connect()
    clear(client, TAG)
    assert client.api.containers(all=True) == []
    image, code = add_layer(client, Layer(base, TAG, command="echo done > /done"), BuildLog(silent))
    assert (bool(image), code) == (True, 0)


def test_a_builder_that_is_killed_holds_nobody_up(own: OwnDaemon, tmp_path: Path) -> None:
    client = connect()
    base = base_image.make(client, BuildLog(silent))
    with subprocess.Popen([sys.executable, "-c", SLEEPY, base], env=dict(os.environ), cwd=tmp_path) as process:
        _until(lambda: _builders(client))
        process.send_signal(signal.SIGKILL)
    assert find(client, TAG) is None
    with only_one(TAG, BuildLog(silent)):
        clear(client, TAG)
        assert client.api.containers(all=True) == []
        config = {"Labels": {inside.KIND: inside.PACKAGES_KIND}}
        image, _ = add_layer(client, Layer(base, TAG, command="true", config=config), BuildLog(silent))
    found = find(client, TAG)
    assert found is not None
    assert found["Id"] == image
