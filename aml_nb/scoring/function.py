"""The entry script inside an Azure Function, whose host brings the requests.

app = function.load()
reply = app.answer("POST", "https://.../api/iris", {}, b'{"data": [[1, 2]]}')
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import SERVICE_FILE, ServerConfig
from aml_nb.scoring.http import message_body
from aml_nb.scoring.invocation import Invocation
from aml_nb.scoring.process import worker_environment
from aml_nb.scoring.request import Reply, Request
from aml_nb.scoring.telemetry import WorkerLog
from aml_nb.scoring.worker import prepare

VARIABLE = "AML_SERVICE_FOLDER"
"""Names the folder whose ``service.json`` says what to load."""


class Answer(NamedTuple):
    """An answer in whole."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str]


class Function:
    """A script whose ``init()`` was called."""

    def __init__(self, script: Invocation, log: WorkerLog) -> None:
        self._script = script
        self._log = log

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What a scoring server would answer; a failure of the script is a 500, and told in the log."""
        if method not in self._script.methods:
            return Answer(
                405,
                message_body("The method is not allowed for the requested URL."),
                "application/json",
                {"Allow": ", ".join(self._script.methods)},
            )
        parts = urlsplit(url)
        lower = {name.lower(): value for name, value in headers.items()}
        reply = self._reply(Request(method, parts.path, parts.query, lower, body))
        whole = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        return Answer(reply.status, whole, reply.content_type, dict(reply.headers))

    def score(self, body: bytes) -> bytes:
        """What the script answers to a blob or a message.

        Raises
        ------
        WebserviceException
            It failed: the host tries again, and at last puts the message aside.
        """
        answer = self.answer("POST", "/score", {"content-type": "application/json"}, body)
        if answer.status >= 300:
            raise WebserviceException(
                f"The entry script answered {answer.status}: {answer.body[:500].decode('utf-8', 'replace')}",
                status_code=answer.status,
                hint="the log has the reason",
            )
        return answer.body

    def _reply(self, request: Request) -> Reply:
        try:
            return self._script.reply(request)
        finally:
            self._log.flush()


def load(folder: str | None = None) -> Function:
    """Load the script that a service's folder names, and call its ``init()``.

    Parameters
    ----------
    folder : has ``service.json``; by default the one that ``AML_SERVICE_FOLDER`` names.
    """
    config = ServerConfig.read(Path(folder or os.environ[VARIABLE], SERVICE_FILE))
    os.environ.update(worker_environment(config))
    log = WorkerLog()
    try:
        return Function(prepare(config, log), log)
    finally:
        log.flush()
