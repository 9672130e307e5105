"""A supervisor whose surroundings fail it: no disk, workers that die oddly, updates that cross one another."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb.scoring.config import STATE_FILE
from tests.integration.serving import Service, exchange, wait_for

VERSION = """
import os, time
def init():
    time.sleep({pause})
def run(raw_data):
    return [{number}, os.getpid()]
"""
BROKEN = (
    "import time\ndef init():\n    time.sleep({pause})\n    raise RuntimeError('not today')\ndef run(x): return x\n"
)
POST = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"

Make = Callable[..., Service]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Service] = []

    def one(script: str, **settings: Any) -> Service:
        made.append(Service(tmp_path / f"service{len(made)}", script, **settings))
        return made[-1]

    yield one
    for service in made:
        service.close()


def version(number: int, pause: float = 0) -> str:
    return VERSION.replace("{number}", str(number)).replace("{pause}", str(pause))


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "\nState:\tZ" in status.read_text()


def test_files_that_cannot_be_written_for_a_while(make: Make) -> None:
    service = make(version(1))
    with service.connect() as sock:
        pid = json.loads(exchange(sock, POST)[2])[1]
    blocked = [service.folder / "config.1.json", service.folder / "state.json"]
    for path in blocked:
        path.unlink()
        path.mkdir()
        (path / "in the way").touch()
    os.kill(pid, signal.SIGKILL)
    time.sleep(1.5)
    assert service.process.poll() is None, "the supervisor ended with its disk"
    for path in blocked:
        (path / "in the way").unlink()
        path.rmdir()
    wait_for(lambda: service.workers() and service.state()["state"] == "Healthy")
    assert service.post().json()[0] == 1


def test_an_update_while_the_first_revision_still_starts_and_then_fails(make: Make) -> None:
    service = make(BROKEN.replace("{pause}", "0.8"))
    wait_for(lambda: service.state()["workers"])
    service.update(version(2, 1.5))
    wait_for(lambda: service.state()["revision"] == 2 and service.state()["state"] == "Healthy")
    assert service.post().json()[0] == 2


def test_a_first_revision_and_its_update_both_fail(make: Make) -> None:
    service = make(BROKEN.replace("{pause}", "0.5"))
    wait_for(lambda: service.state()["workers"])
    service.update(BROKEN.replace("{pause}", "1"))
    wait_for(lambda: service.state()["state"] == "Failed")
    assert "not today" in service.state()["error"]["message"]
    assert service.process.wait(10) == 3


def test_a_failed_move_to_another_port_leaves_that_port_free(make: Make) -> None:
    service = make(version(1))
    service.settled()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service.update(BROKEN.replace("{pause}", "0"), port=port)
    wait_for(lambda: service.state()["error"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    service.update(version(3), port=port)
    wait_for(lambda: service.state()["port"] == port)
    assert service.post().json()[0] == 3


def test_two_updates_in_a_row_to_the_same_new_port(make: Make) -> None:
    service = make(version(1))
    service.settled()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service.update(version(2, 1), port=port)
    wait_for(lambda: service.state()["pending"] == 2)
    service.update(version(3), port=port)
    wait_for(lambda: service.state()["revision"] == 3)
    assert service.state()["port"] == port and service.post().json()[0] == 3


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="no real-time signals")
def test_a_worker_ended_by_a_signal_without_a_name(make: Make) -> None:
    service = make(version(1))
    os.kill(service.post().json()[1], signal.SIGRTMIN + 3)
    wait_for(lambda: service.state()["restarts"] == 1 and service.workers())
    assert service.post().json()[0] == 1


def test_an_update_of_a_service_whose_workers_keep_dying(make: Make) -> None:
    """The restarts that the old revision still awaited are not made for the new one."""
    service = make(
        "import os, threading\ndef init(): threading.Timer(0.2, os._exit, [1]).start()\ndef run(x): return x"
    )
    wait_for(lambda: service.state().get("restarts", 0) >= 5)
    service.update(version(2))
    wait_for(lambda: service.state()["revision"] == 2)
    time.sleep(2.5)
    assert len(service.state()["workers"]) == 1
    wait_for(lambda: service.state()["error"] is None)


def test_what_a_script_writes_where_its_worker_speaks_to_the_supervisor(make: Make) -> None:
    script = """
import os, socket, stat, sys
def init():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, b'nonsense\\n{"event": 5}\\n[]\\n')
        except OSError:
            pass
def run(raw_data):
    return 1
"""
    service = make(script)
    assert service.post().json() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="yes")
def test_a_child_that_never_stops_printing(make: Make) -> None:
    """It holds its dead worker's output open; the supervisor buries the worker all the same."""
    script = """
import os, subprocess
def init():
    subprocess.Popen(["sh", "-c", "sleep 0.5; timeout 60 yes"])
def run(raw_data):
    os._exit(1)
"""
    service = make(script)
    service.settled()
    with service.connect() as sock:
        time.sleep(0.7)
        sock.sendall(POST)
        wait_for(lambda: service.state()["restarts"] == 1 and service.workers(), patience_s=30)


def test_a_child_of_the_script_keeps_no_socket_of_the_service(make: Make) -> None:
    service = make("import os\ndef init(): os.system('sleep 5 &')\ndef run(raw_data): return 1\n")
    port = service.settled()["port"]
    service.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
        again.listen()


def test_a_script_with_a_thread_that_never_ends_leaves_when_it_is_replaced(make: Make) -> None:
    script = "import threading, time, os\ndef init(): threading.Thread(target=time.sleep, args=(60,)).start()\n"
    service = make(script + "def run(raw_data): return [1, os.getpid()]\n", scoring_timeout_ms=60_000)
    pid = service.post().json()[1]
    service.update(version(2))
    wait_for(lambda: gone(pid), patience_s=30)


def test_a_run_that_takes_longer_than_a_drain_is_finished_all_the_same(make: Make) -> None:
    script = "import time\ndef init(): pass\ndef run(raw_data):\n    time.sleep(5)\n    return 'late'\n"
    service = make(script, drain_ms=500)
    service.settled()
    with service.connect() as sock:
        sock.sendall(POST)
        time.sleep(0.3)
        service.update(version(2))
        wait_for(lambda: service.state()["revision"] == 2)
        assert exchange(sock, b"")[2] == b'"late"'


def test_many_idle_connections_outlive_an_update(make: Make) -> None:
    service = make(version(1))
    socks = [service.connect() for _ in range(120)]
    try:
        for sock in socks:
            assert json.loads(exchange(sock, POST)[2])[0] == 1
        service.update(version(2))
        wait_for(lambda: [worker["revision"] for worker in service.state()["workers"]] == [2], patience_s=30)
        assert {json.loads(exchange(sock, POST)[2])[0] for sock in socks} == {2}
    finally:
        for sock in socks:
            sock.close()


def test_variables_of_the_user_that_a_worker_could_not_start_with(make: Make) -> None:
    script = "import os\ndef init(): pass\ndef run(raw_data): return [os.environ['PYTHONPATH'], os.environ['NUMBER']]\n"
    service = make(script, environment_variables={"PYTHONPATH": "/own/code", "NUMBER": 5})
    path, number = service.post().json()
    assert path.split(os.pathsep)[-1] == "/own/code" and number == "5"


def test_keys_that_cannot_be_read_leave_the_old_ones(make: Make) -> None:
    service = make(version(1), auth="key")
    service.settled()
    file = service.folder / "keys.json"
    keys = json.loads(file.read_text())
    before = wait_for(service.workers)
    file.write_text("{")
    service.update()
    wait_for(lambda: "keys.json" in service.log())
    threading.Event().wait(0.3)
    assert service.post(headers={"Authorization": f"Bearer {keys['primary']}"}).status_code == 200
    assert service.workers() == before


def test_the_state_is_whole_at_any_moment(make: Make) -> None:
    service = make(version(1))
    service.settled()
    stop = time.monotonic() + 2
    number = 0
    while time.monotonic() < stop:
        if number % 200 == 0:
            service.update(worker_count=1 + (number // 200) % 3)
        number += 1
        assert json.loads((service.folder / STATE_FILE).read_text())["state"] == "Healthy"


def test_an_error_of_many_megabytes(make: Make) -> None:
    script = "def init(): pass\ndef run(raw_data): raise ValueError('x' * 30_000_000)\n"
    service = make(script)
    assert service.post().status_code == 500
    assert len(wait_for(lambda: service.log() if "ValueError" in service.log() else "")) < 200_000
    service.update("def init(): raise RuntimeError('y' * 30_000_000)\ndef run(raw_data): return 1\n")
    wait_for(lambda: service.state()["error"], patience_s=30)
    assert len((service.folder / STATE_FILE).read_text()) < 200_000
