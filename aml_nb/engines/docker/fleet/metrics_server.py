"""Answers ``/metrics`` for the whole service: the front sends it here, for a replica knows of itself alone."""

from __future__ import annotations

import json
import os
import socketserver
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker.fleet.figures import Figures
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front.render import METRICS_SOCKET
from aml_nb.scoring import exposition
from aml_nb.scoring.auth import Guard

_PATIENCE_S = 5.0


class MetricsServer:
    """Listens in the front's folder.

    Parameters
    ----------
    folder : of the service.
    front : the front's folder.
    figures : what is told.
    """

    def __init__(self, folder: ServiceFolder, front: Path, figures: Figures) -> None:
        self._folder = folder
        self._path = front / METRICS_SOCKET
        self._figures = figures
        self.spec: ServiceSpec | None = None

    def begin(self) -> None:
        """Listen. Where that cannot be, the front says that there are no figures."""
        with suppress(OSError):
            # A socket's path may have some hundred bytes only; the process is in the service's folder.
            path = os.path.relpath(self._path)
            with suppress(FileNotFoundError):
                os.unlink(path)
            server = socketserver.ThreadingUnixStreamServer(path, self._handler())
            server.daemon_threads = True
            os.chmod(path, 0o600)
            threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def end(self) -> None:
        """Be found no more; the thread ends with the process."""
        with suppress(OSError):
            os.unlink(self._path)

    def answer(self, authorization: str | None, accept: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        spec = self.spec
        if spec is None:
            return 503, "application/json", _message("The service is being started.")
        guard = Guard(spec.auth, spec.name, str(self._folder.keys_path(spec.keys_revision)))
        refusal = guard.refusal(authorization)
        if refusal is not None:
            return 401, "application/json", _message(refusal)
        kind = exposition.content_type(accept)
        figures = self._figures
        return 200, kind, exposition.expose(figures.total, figures.gauges, spec.name, spec.scoring_path, kind)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mine = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _PATIENCE_S

            def do_GET(self) -> None:
                accept = self.headers.get("Accept", "")
                try:
                    status, kind, body = mine.answer(self.headers.get("Authorization"), accept)
                except (OSError, ValueError, KeyError) as error:
                    status, kind, body = 500, "application/json", _message(f"There are no figures: {error}")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if status == 401:
                    self.send_header("WWW-Authenticate", "Bearer")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def address_string(self) -> str:
                return "front"

            def log_message(self, format: str, *args: Any) -> None:
                """The front's requests are no news."""

        return Handler


def _message(text: str) -> bytes:
    return json.dumps({"message": text}).encode()
