"""A service through its life: it starts, fails, is killed, updated, drained."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.scoring.auth import make_keys, make_token
from aml_nb.scoring.config import KEYS_FILE, write_atomically
from aml_nb.scoring.supervisor import supervise
from tests.integration.serving import Service, exchange, read_reply, wait_for

VERSION = """
import os, time
def init():
    pass
def run(raw_data):
    if raw_data == "die":
        os._exit(9)
    if raw_data.startswith("sleep"):
        time.sleep(float(raw_data.split()[1]))
    if raw_data == "hold":
        open("../begun", "w").close()
        while not os.path.exists("../go"):
            time.sleep(0.01)
    return [{number}, os.getpid()]
"""
POST = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"

HOLD = POST.replace(b"Content-Length: 2\r\n\r\n{}", b"Content-Length: 4\r\n\r\nhold")
"""A request whose run() ends when it is let go."""

Make = Callable[..., Service]


def wait_until_held(service: Service) -> None:
    wait_for((service.folder / "begun").exists)


def let_go(service: Service) -> None:
    (service.folder / "go").touch()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Service] = []

    def one(script: str, **settings: Any) -> Service:
        made.append(Service(tmp_path / f"service{len(made)}", script, **settings))
        return made[-1]

    yield one
    for service in made:
        service.close()


def version(number: int) -> str:
    return VERSION.replace("{number}", str(number))


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("def init(): pass\ndef run(x) return x\n", "script-syntax", "score.py, line 2"),
        ("import no_such_module_here\ndef init(): pass\ndef run(x): return x\n", "script-import", "score.py, line 1"),
        ("def run(x): return x\n", "script-no-init", "init()"),
        ("def init(): pass\n", "script-no-run", "run()"),
        ("def init(): pass\ndef run(*args): return 1\n", "script-signature", "line 2"),
        ("def init():\n    global m\n    m = open('model.pkl')\ndef run(x): return x\n", "init-failed", "line 3"),
        ("import os\ndef init(): os.kill(os.getpid(), 9)\ndef run(x): return x\n", "worker-died", "SIGKILL"),
        ("import sys\ndef init(): sys.exit(4)\ndef run(x): return x\n", "init-failed", "line 2"),
    ],
)
def test_a_script_that_cannot_be_served(make: Make, script: str, code: str, said: str) -> None:
    service = make(script)
    state = service.settled()
    assert state["state"] == "Failed"
    assert state["error"]["code"] == code
    assert said in state["error"]["message"]
    assert service.process.wait(10) == 3
    assert service.log()


def test_init_that_never_ends(make: Make) -> None:
    state = make("import time\ndef init(): time.sleep(60)\ndef run(x): return x\n", start_timeout_ms=700).settled()
    assert state["state"] == "Failed" and "did not return within 0.7 s" in state["error"]["message"]


def test_a_port_that_is_taken(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        state = make(version(1), port=taken.getsockname()[1]).settled()
    assert (state["state"], state["error"]["code"]) == ("Failed", "port-in-use")


def test_a_folder_has_one_supervisor(make: Make) -> None:
    service = make(version(1))
    service.settled()
    assert supervise(service.folder) == 1
    assert service.post().status_code == 200


def test_a_killed_worker_is_replaced(make: Make) -> None:
    service = make(version(1))
    _, pid = service.post().json()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: service.state()["restarts"] == 1 and service.workers())
    _, other = service.post().json()
    assert other != pid
    wait_for(lambda: service.state()["state"] == "Healthy" and service.state()["error"] is None)


def test_a_run_that_ends_the_process_costs_one_request(make: Make) -> None:
    service = make(version(1))
    answer = service.post("die")
    assert answer.status_code == 502 and "exit code" in answer.json()["message"]
    wait_for(lambda: service.state()["restarts"] == 1 and service.workers())
    assert service.post().status_code == 200


def test_workers_share_the_socket_and_can_be_scaled(make: Make) -> None:
    service = make(version(1), worker_count=2)
    wait_for(lambda: len(service.workers()) == 2)
    service.update(worker_count=3)
    wait_for(lambda: len(service.workers()) == 3)
    with service.connect() as one:
        one.sendall(HOLD)
        wait_until_held(service)
        with service.connect() as two:
            first = json.loads(exchange(two, POST)[2])[1]
        let_go(service)
        assert json.loads(read_reply(one)[2])[1] != first, "a busy worker took a request that an idle one could have"
    service.update(worker_count=1)
    wait_for(lambda: len(service.state()["workers"]) == 1)
    assert service.post().status_code == 200


def test_an_update_loses_no_request(make: Make) -> None:
    service = make(version(1), worker_count=2)
    wait_for(lambda: len(service.workers()) == 2)
    stop = threading.Event()
    seen: list[int] = []
    failures: list[str] = []

    def call() -> None:
        with requests.Session() as session:
            while not stop.is_set():
                try:
                    seen.append(session.post(f"{service.url}/score", data="{}", timeout=20).json()[0])
                except Exception as error:
                    failures.append(repr(error))

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    wait_for(lambda: len(seen) > 50)
    for number in (2, 3):
        service.update(version(number))
        wait_for(lambda number=number: seen[-1] == number)
    stop.set()
    for caller in callers:
        caller.join()
    assert failures == []
    assert set(seen) == {1, 2, 3}


def test_an_idle_connection_outlives_an_update(make: Make) -> None:
    service = make(version(1))
    with service.connect() as sock:
        assert json.loads(exchange(sock, POST)[2])[0] == 1
        service.update(version(2))
        wait_for(lambda: service.state()["revision"] == 2 and len(service.state()["workers"]) == 1)
        assert json.loads(exchange(sock, POST)[2])[0] == 2


def test_a_revision_that_cannot_start_leaves_the_old_one_serving(make: Make) -> None:
    service = make(version(1))
    assert service.post().json()[0] == 1
    service.update("def init(): raise RuntimeError('not today')\ndef run(x): return x\n")
    state = wait_for(lambda: service.state() if service.state()["error"] else None)
    assert state["error"]["revision"] == 2 and "not today" in state["error"]["message"]
    assert (state["state"], state["revision"]) == ("Healthy", 1)
    assert service.post().json()[0] == 1
    service.update(version(3))
    wait_for(lambda: service.state()["revision"] == 3)
    assert service.state()["error"] is None
    assert service.post().json()[0] == 3


def test_an_update_can_move_to_another_port(make: Make) -> None:
    service = make(version(1))
    old = service.settled()["port"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        service.update(version(2), port=port)
        state = wait_for(lambda: service.state() if service.state()["error"] else None)
        assert state["error"]["code"] == "port-in-use" and state["port"] == old
        assert service.post().json()[0] == 1
    service.update(version(3), port=port)
    wait_for(lambda: service.state()["port"] == port)
    assert service.post().json()[0] == 3
    os.kill(service.post().json()[1], signal.SIGKILL)
    wait_for(lambda: service.state()["restarts"] == 1 and service.workers())
    assert service.post().json()[0] == 3


def test_stopping_answers_what_has_come(make: Make) -> None:
    service = make(version(1))
    with service.connect() as sock:
        exchange(sock, POST)
        sock.sendall(POST.replace(b"Content-Length: 2\r\n\r\n{}", b"Content-Length: 9\r\n\r\nsleep 0.5"))
        wait_for(lambda: service.post if service.workers() else None)
        threading.Event().wait(0.1)
        asked = time.time() - 0.001  # the log has whole milliseconds
        service.process.terminate()
        assert json.loads(read_reply(sock)[2])[0] == 1
    assert service.process.wait(20) == 0
    assert service.state()["state"] == "Stopped"
    (stamp,) = re.findall(r"^(\S+ \S+) I \[\d+\] supervisor - Stopping\.$", service.log(), re.MULTILINE)
    assert asked < datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S,%f").timestamp() < time.time()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the door stays open until the socket is closed")
def test_who_was_at_the_door_of_a_stopping_service_is_let_in_and_nobody_else(make: Make) -> None:
    """A balancer sends a request as soon as it is connected, and nothing twice: who is let in is to be served."""
    service = make(version(1))
    with service.connect() as busy:
        exchange(busy, POST)
        busy.sendall(HOLD)
        wait_until_held(service)
        with service.connect() as late:
            service.process.terminate()
            late.sendall(POST)
            wait_for(lambda: refused(service))
            assert service.process.poll() is None
            let_go(service)
            for sock in (busy, late):
                assert json.loads(read_reply(sock)[2])[0] == 1
    assert service.process.wait(20) == 0


def refused(service: Service) -> bool:
    try:
        service.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_workers_end_with_a_killed_supervisor(make: Make) -> None:
    service = make(version(1))
    (pid,) = [service.settled()["workers"][0]["pid"]]
    service.process.kill()
    service.process.wait()

    def gone() -> bool:
        status = Path(f"/proc/{pid}/status")
        return not status.exists() or "\nState:\tZ" in status.read_text()

    if sys.platform == "linux":
        wait_for(gone)


def test_keys_guard_a_service_and_can_be_changed(make: Make) -> None:
    service = make(version(1), auth="key")
    service.settled()
    keys = json.loads((service.folder / KEYS_FILE).read_text())

    def status(key: str | None) -> int:
        return service.post(headers={"Authorization": f"Bearer {key}"} if key else {}).status_code

    assert [status(k) for k in (None, "", "wrong", keys["primary"], keys["secondary"])] == [401, 401, 401, 200, 200]
    new = make_keys()
    (service.folder / KEYS_FILE).write_text(json.dumps(new))
    service.update()
    wait_for(lambda: status(new["primary"]) == 200)
    assert status(keys["primary"]) == 401
    assert requests.get(service.url + "/", timeout=5).text == "Healthy"


def test_keys_whose_maker_was_killed_before_the_service_was_told_open_it(make: Make) -> None:
    service = make(version(1), auth="key")
    service.settled()
    write_atomically(service.folder / KEYS_FILE, json.dumps({**make_keys(), "primary": "anew"}).encode())
    wait_for(lambda: service_post(service, {"Authorization": "Bearer anew"}).status_code == 200)


def test_what_opens_a_revision_holds_once_all_its_workers_are_ready(make: Make) -> None:
    service = make(version(1), auth="key", worker_count=2)
    service.settled()
    old = json.loads((service.folder / KEYS_FILE).read_text())["primary"]
    own = service.folder / "keys-2.json"
    own.write_text(json.dumps(make_keys()))
    one_waits = "try: os.mkdir('../first')\n    except OSError:\n        "
    one_waits += "while not os.path.exists('../go'): time.sleep(0.01)\n        raise RuntimeError('never')"
    service.update(version(2).replace("pass", one_waits), keys_file=str(own))
    wait_for(lambda: [w for w in service.state()["workers"] if w["revision"] == 2 and w["state"] == "ready"])

    bearer = {"Authorization": f"Bearer {old}"}
    answers = [service_post(service, bearer) for _ in range(20)]
    let_go(service)
    state = service.settled()

    assert [answer.status_code for answer in answers] == [200] * 20
    assert {answer.json()[0] for answer in answers} == {1}
    assert (state["error"]["revision"], state["revision"]) == (2, 1)
    service.update(version(3), keys_file=str(own))
    new = {"Authorization": f"Bearer {json.loads(own.read_text())['primary']}"}
    wait_for(lambda: service_post(service, new).status_code == 200)
    assert service.state()["revision"] == 3  # whoever is answered by it is told so
    wait_for(lambda: service_post(service, bearer).status_code == 401)  # who goes hears of it a moment later


def service_post(service: Service, headers: dict[str, str]) -> requests.Response:
    """A request at whatever stage an update is."""
    return requests.post(f"http://127.0.0.1:{service.state()['port']}/score", "{}", headers=headers, timeout=30)


def test_tokens_guard_a_service(make: Make) -> None:
    service = make(version(1), auth="token")
    service.settled()
    secret = json.loads((service.folder / KEYS_FILE).read_text())["token_secret"]

    def status(token: str) -> int:
        return service.post(headers={"Authorization": f"Bearer {token}"}).status_code

    assert status(make_token(secret, "svc", 60)[0]) == 200
    assert status(make_token(secret, "svc", -1)[0]) == 401
    assert status(make_token(secret, "other", 60)[0]) == 401
    assert status(make_token("guess", "svc", 60)[0]) == 401
    assert "expired" in service.post(headers={"Authorization": f"Bearer {make_token(secret, 'svc', -1)[0]}"}).text


def test_requests_beyond_the_queue_are_turned_away(make: Make) -> None:
    service = make(version(1), queue_limit=1)
    socks = [service.connect() for _ in range(4)]
    try:
        socks[0].sendall(HOLD)
        wait_until_held(service)
        for sock in socks[1:]:
            sock.sendall(POST)
        turned_away: list[socket.socket] = []
        while len(turned_away) < 2:
            ready = select.select([sock for sock in socks if sock not in turned_away], [], [], 20)[0]
            assert ready, "too many wait"
            assert [read_reply(sock)[0] for sock in ready] == [503] * len(ready)
            turned_away += ready
        let_go(service)
        assert [read_reply(sock)[0] for sock in socks if sock not in turned_away] == [200, 200]
    finally:
        for sock in socks:
            sock.close()


def test_a_request_waits_no_longer_than_it_may(make: Make) -> None:
    service = make(version(1), max_queue_wait_ms=200)
    with service.connect() as busy, service.connect() as waiting:
        busy.sendall(HOLD)
        wait_until_held(service)
        assert exchange(waiting, POST)[0] == 503
        let_go(service)
        assert read_reply(busy)[0] == 200


def test_health_on_a_port_of_its_own(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service = make(version(1), health_port=port)
    service.settled()
    assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).text == "Healthy"
    assert requests.post(f"http://127.0.0.1:{port}/score", data="{}", timeout=5).status_code == 404
    assert service.post().status_code == 200


def test_an_interpreter_that_is_not_there(make: Make, tmp_path: Path) -> None:
    service = make(version(1))
    service.settled()
    service.update(version(2), python=str(tmp_path / "no-python"))
    state = wait_for(lambda: service.state() if service.state()["error"] else None)
    assert state["error"]["code"] == "environment" and state["state"] == "Healthy"


def test_serve_in_the_foreground(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(version(7))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = "import sys, argparse; from aml_nb.scoring import serve; sys.exit(serve.main(argparse.Namespace()))"
    environment = {
        **os.environ,
        "AZUREML_ENTRY_SCRIPT": "score.py",
        "SERVER_PORT": str(port),
        "PYTHONPATH": os.getcwd(),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        lines = []
        while not lines or "ready for serving" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], "".join(lines)
        assert requests.post(f"http://127.0.0.1:{port}/score", data="{}", timeout=5).json()[0] == 7
        assert f"Score:          POST  127.0.0.1:{port}/score\n" in lines
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0
