"""MLServer (Seldon), with a runtime of its own kind around the same script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.common import free_port
from benchmarks.peers.base import Peer, Workload

RUNTIME = """
import numpy as np
import score
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, NumpyRequestCodec


class Runtime(MLModel):
    async def load(self):
        score.init()
        return True

    async def predict(self, payload):
        rows = self.decode_request(payload, default_codec=NumpyRequestCodec)
        return NumpyRequestCodec.encode_response(self.name, np.array(score.predict(rows)), id=payload.id)
"""


class MlServer(Peer):
    """Inference in the process that speaks HTTP, which on one core is its faster way."""

    name = "MLServer"
    requirements: ClassVar[tuple[str, ...]] = ("mlserver==1.7.1",)
    note = "parallel_workers 0; Open Inference Protocol over REST"
    path = "/v2/models/iris/infer"
    health = "/v2/models/iris/ready"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        settings = {
            "host": "127.0.0.1",
            "http_port": port,
            "grpc_port": free_port(),
            "metrics_port": free_port(),
            "parallel_workers": 0,
        }
        (folder / "settings.json").write_text(json.dumps(settings))
        model = {"name": "iris", "implementation": "runtime.Runtime"}
        (folder / "model-settings.json").write_text(json.dumps(model))
        (folder / "runtime.py").write_text(RUNTIME)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        return [str(python.parent / "mlserver"), "start", "."]

    def environ(self, folder: Path, port: int) -> dict[str, str]:
        return {"PYTHONPATH": str(folder)}

    def body(self, rows: list[list[float]]) -> bytes:
        flat = [value for row in rows for value in row]
        shape = [len(rows), len(rows[0])]
        tensor = {"name": "data", "shape": shape, "datatype": "FP64", "data": flat}
        return json.dumps({"id": "benchmark", "inputs": [tensor]}).encode()

    def predictions(self, answer: bytes) -> Any:
        return json.loads(answer)["outputs"][0]["data"]
