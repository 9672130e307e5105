"""Plain HTTP servers to stand behind a front, and clients that count what they get."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aml_nb.engines.front import Server

# POST sleeps as many seconds as the body says and answers the server's name and the path; GET answers at once.
_SERVER = """
import http.server, json, os, socket, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.reply(b"Healthy")
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        print("computes", flush=True)
        time.sleep(float(body or 0))
        told = {"name": sys.argv[1], "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}
        self.reply(json.dumps(told).encode())
    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Listening(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    def handle_error(self, *_):
        pass
server = Listening(("127.0.0.1", int(sys.argv[2])), Handler)
# A killed process closes its highest descriptors first: nobody is to connect who finds the door still open.
os.dup2(server.socket.fileno(), 500)
server.socket.close()
server.socket = socket.socket(fileno=500)
server.serve_forever()
"""


class Replica:
    """A server process."""

    def __init__(self, name: str, port: int | None = None, limit: int = 1) -> None:
        self.name, self.limit = name, limit
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, name, str(self.port)], stdout=subprocess.PIPE, text=True
        )
        limit_s = time.monotonic() + 60
        while not listens(self.port):
            assert time.monotonic() < limit_s and self.process.poll() is None
            time.sleep(0.01)

    @property
    def server(self) -> Server:
        return Server(self.name, "127.0.0.1", self.port, self.limit)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def computed(self) -> int:
        """Requests that reached it, once it has ended."""
        self.kill()
        assert self.process.stdout is not None
        with self.process.stdout as out:
            return out.read().count("computes")


@contextmanager
def replicas(*names: str, limit: int = 1) -> Iterator[list[Replica]]:
    """Server processes, ended at the end."""
    running = [Replica(name, limit=limit) for name in names]
    try:
        yield running
    finally:
        for replica in running:
            end(replica)


def end(replica: Replica) -> None:
    replica.kill()
    if replica.process.stdout is not None:
        replica.process.stdout.close()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(json.loads(self.body)["name"])

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["message"])


def post(port: int, sleep: float | str = 0, path: str = "/score", **headers: str) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return _post(connection, str(sleep), path, headers)
    finally:
        connection.close()


def _post(connection: http.client.HTTPConnection, body: str, path: str, headers: dict[str, str]) -> Answer:
    connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})


class Load(threading.Thread):
    """Clients that hold their connections and send one request after another; ``outcomes`` counts what came."""

    def __init__(self, port: int, clients: int = 8, body: str = "0", path: str = "/score", **headers: str) -> None:
        super().__init__(daemon=True)
        self.outcomes: Counter[object] = Counter()
        self.sent = 0
        self._port, self._body, self._path, self._headers = port, body, path, headers
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._clients = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]
        for client in self._clients:
            client.start()

    def _client(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._over.is_set():
            try:
                answer = _post(connection, self._body, self._path, self._headers)
                outcome: object = answer.status
            except (OSError, http.client.HTTPException) as error:
                outcome = repr(error)
                connection.close()
            with self._lock:
                self.outcomes[outcome] += 1
        connection.close()

    @property
    def answered(self) -> int:
        with self._lock:
            return sum(self.outcomes.values())

    def until(self, answered: int, seconds: float = 60) -> None:
        """Wait for this many answers in all."""
        limit = time.monotonic() + seconds
        while self.answered < answered:
            assert time.monotonic() < limit, self.outcomes
            time.sleep(0.01)

    def end(self) -> Counter[object]:
        """Let each client finish its request; what came of all of them."""
        self._over.set()
        for client in self._clients:
            client.join(60)
        return self.outcomes
