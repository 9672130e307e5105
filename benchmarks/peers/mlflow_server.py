"""MLflow's scoring server, one worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.base import Peer, Workload, run_once

MODEL = """
import mlflow
import score


class Iris(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        score.init()

    def predict(self, context, model_input, params=None):
        return score.predict(model_input)


mlflow.models.set_model(Iris())
"""

SAVE = """
import mlflow

mlflow.pyfunc.save_model("saved", python_model="model.py", code_paths=["score.py"], pip_requirements=[])
"""


class MlFlow(Peer):
    """A pyfunc model around the same script, in the environment it was saved in."""

    name = "MLflow"
    requirements = ("mlflow==3.17.2",)
    note = "mlflow models serve --env-manager local -w 1"
    path = "/invocations"
    health = "/ping"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        (folder / "model.py").write_text(MODEL)
        run_once(python, SAVE, folder)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        serve = [str(python.parent / "mlflow"), "models", "serve", "-m", "saved", "--env-manager", "local"]
        return [*serve, "-h", "127.0.0.1", "-p", str(port), "-w", "1"]

    def environ(self, folder: Path, port: int) -> dict[str, str]:
        return {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

    def body(self, rows: list[list[float]]) -> bytes:
        return json.dumps({"inputs": rows}).encode()

    def predictions(self, answer: bytes) -> Any:
        return json.loads(answer)["predictions"]
