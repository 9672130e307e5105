"""Bare stacks that call the same ``run()`` and do nothing else: no authentication, ids, logs or limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.base import Peer, Workload

WSGI = """
import json

import score

score.init()


def app(environ, start_response):
    if environ["REQUEST_METHOD"] == "GET":
        body = b"Healthy"
    else:
        body = json.dumps(score.run(environ["wsgi.input"].read().decode())).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
"""

ASGI = """
import json

import score

score.init()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = json.dumps(score.run(body.decode())).encode() if scope["method"] == "POST" else b"Healthy"
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
"""


class GranianWsgi(Peer):
    """The fastest synchronous stack known for a synchronous ``run()``."""

    name = "granian WSGI, bare"
    requirements = ("granian==2.8.7",)
    note = "1 worker, 1 blocking thread"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        (folder / "app.py").write_text(WSGI)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        granian = [str(python.parent / "granian"), "--interface", "wsgi", "--workers", "1"]
        where = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
        return [*granian, "--blocking-threads", "1", *where, "app:app"]


class UvicornAsgi(Peer):
    """A bare ASGI function on uvloop and httptools."""

    name = "uvicorn ASGI, bare"
    requirements = ("uvicorn[standard]==0.54.0",)
    note = "uvloop, httptools, no access log"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        (folder / "app.py").write_text(ASGI)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        uvicorn = [str(python), "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port)]
        return [*uvicorn, "--no-access-log", "--log-level", "warning"]
