"""LitServe, one API process and one worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.base import Peer, Workload

SERVER = """
import sys

import litserve
import score


class Api(litserve.LitAPI):
    def setup(self, device):
        score.init()

    def decode_request(self, request):
        return request["data"]

    def predict(self, rows):
        return score.predict(rows)

    def encode_response(self, output):
        return {"output": output}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", devices=1, workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False)
"""


class LitServe(Peer):
    """Its usual shape: a worker process behind a queue."""

    name = "LitServe"
    requirements = ("litserve==0.2.19",)
    note = "1 API server, 1 worker"
    path = "/predict"
    health = "/health"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        (folder / "server.py").write_text(SERVER)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        return [str(python), "server.py", str(port)]

    def predictions(self, answer: bytes) -> Any:
        return json.loads(answer)["output"]
