"""BentoML, one worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.base import Peer, Workload

SERVICE = """
import bentoml
import score


@bentoml.service(workers=1)
class Iris:
    def __init__(self):
        score.init()

    @bentoml.api
    def predict(self, data: list) -> list:
        return score.predict(data)
"""


class BentoMl(Peer):
    """A service class, served by its own command."""

    name = "BentoML"
    requirements = ("bentoml==1.4.39",)
    note = "bentoml serve, workers=1"
    path = "/predict"
    health = "/readyz"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        (folder / "service.py").write_text(SERVICE)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        where = ["--host", "127.0.0.1", "--port", str(port)]
        return [str(python.parent / "bentoml"), "serve", "service:Iris", *where]

    def environ(self, folder: Path, port: int) -> dict[str, str]:
        return {"BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
