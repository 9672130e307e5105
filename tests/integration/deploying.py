"""Models, scripts and services for the tests of deployments; every service is a real one."""

from __future__ import annotations

import json
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace

ECHO = """
import json

def init():
    pass

def run(raw_data):
    return {"version": 1, "data": json.loads(raw_data)["data"]}
"""
BODY = json.dumps({"data": [1, 2]})


def script(text: str = ECHO, name: str = "score.py") -> InferenceConfig:
    """Write an entry script into the current folder and configure it."""
    Path(name).write_text(textwrap.dedent(text))
    return InferenceConfig(entry_script=name)


def version(number: int) -> InferenceConfig:
    """The echo script, with another version number."""
    return script(ECHO.replace('"version": 1', f'"version": {number}'))


def registered(ws: Workspace, name: str = "greeting", text: str = "hello") -> Model:
    """A registered model of one text file."""
    path = Path(f"{name}.txt")
    path.write_text(text)
    return Model.register(ws, str(path), name)


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Whatever ``what`` gives once it is true."""
    limit = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < limit, "it did not come true in time"
        time.sleep(0.02)
    return found


class Load:
    """Sends requests from several threads for as long as it is open, and keeps every answer."""

    def __init__(self, uri: str, headers: dict[str, str] | None = None, threads: int = 4, body: str = BODY) -> None:
        self._uri, self._headers, self._body = uri, headers or {}, body
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(threads)]
        self.answers: list[Any] = []
        self.failures: list[str] = []

    def _send(self) -> None:
        session = requests.Session()
        while not self._stop.is_set():
            try:
                answer = session.post(self._uri, self._body, headers=self._headers, timeout=30)
                if answer.status_code == 200:
                    self.answers.append(answer.json())
                else:
                    self.failures.append(f"{answer.status_code} {answer.text}")
            except requests.RequestException as error:
                self.failures.append(repr(error))
        session.close()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        until(lambda: len(self.answers) > 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
