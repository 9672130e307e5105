"""What a server under measurement is: how it is installed, what it runs, how it is asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.common import BenchmarkError, Process, environment, free_port, model_stack, post

IRIS_SCRIPT = """
import json
import os

import joblib
import numpy as np


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.joblib"))


def predict(rows):
    return model.predict(np.array(rows)).tolist()


def run(raw_data):
    return predict(json.loads(raw_data)["data"])
"""

CONSTANT_SCRIPT = """
def init():
    pass


def predict(rows):
    return [1]


def run(raw_data):
    return [1]
"""


@dataclass(frozen=True)
class Workload:
    """An entry script, the rows of one request, and the predictions they must give."""

    name: str
    title: str
    script: str
    rows: list[list[float]]
    expected: list[int]
    connections: tuple[int, ...]
    model: Path = field(repr=False, default=Path("model.joblib"))


class Peer:
    """A server in an environment of its own; a subclass a product, in a file of its own.

    Every one runs the same ``score.py``: through ``run(raw_data)`` where it hands over the raw body, else
    through ``predict(rows)`` after its own decoding.
    """

    name: ClassVar[str]
    requirements: ClassVar[tuple[str, ...]] = ()
    note: ClassVar[str] = ""
    path: ClassVar[str] = "/score"
    health: ClassVar[str] = "/"

    def install(self) -> Path:
        """The Python it runs with."""
        return environment(self.name, (*self.requirements, *model_stack()))

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        """Write its application beside ``score.py``."""

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        """What starts it in the foreground, with one worker, on the loopback interface."""
        raise NotImplementedError

    def environ(self, folder: Path, port: int) -> dict[str, str]:
        """Variables it needs besides ``AZUREML_MODEL_DIR``."""
        return {}

    def body(self, rows: list[list[float]]) -> bytes:
        """A request in its format."""
        return json.dumps({"data": rows}).encode()

    def headers(self) -> dict[str, str]:
        """What a request carries besides the content type."""
        return {}

    def predictions(self, answer: bytes) -> Any:
        """The predictions in an answer of its format."""
        return json.loads(answer)


class Running:
    """A peer started for one workload, answering correctly."""

    def __init__(self, peer: Peer, workload: Workload, folder: Path, core: int | None) -> None:
        self.peer = peer
        self.workload = workload
        python, port = peer.install(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "score.py").write_text(workload.script)
        models = folder / "models"
        models.mkdir(exist_ok=True)
        (models / "model.joblib").write_bytes(workload.model.read_bytes())
        peer.write(folder, workload, python, port)
        base = f"http://127.0.0.1:{port}"
        self.url, self.body, self.headers = base + peer.path, peer.body(workload.rows), peer.headers()
        search = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environ = {"AZUREML_MODEL_DIR": str(models), "PATH": search, **peer.environ(folder, port)}
        self.process = Process(peer.command(folder, python, port), folder, environ, core)
        try:
            self.process.wait_until_answers(base + peer.health)
            self.check()
        except BaseException:
            self.process.stop()
            raise

    def check(self) -> bytes:
        """Ask once; the answer, or BenchmarkError when the predictions are not those expected."""
        try:
            answer = post(self.url, self.body, self.headers)
        except (BenchmarkError, OSError) as error:
            raise BenchmarkError(f"{self.peer.name}: {error}\n{self.process.tail()}") from error
        found = self.peer.predictions(answer)
        if found != self.workload.expected:
            raise BenchmarkError(f"{self.peer.name}: {str(found)[:200]} instead of the model's predictions")
        return answer


def run_once(python: Path, script: str, folder: Path) -> None:
    """Run a peer's own preparation, such as saving a model in its format."""
    done = subprocess.run([str(python), "-c", script], cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise BenchmarkError(f"preparation failed: {done.stderr[-800:]}")
