"""MLServer (Seldon) with its runtime for scikit-learn: no code either."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.base import Workload
from benchmarks.peers.mlserver import MlServer


class MlServerSklearn(MlServer):
    """As its documentation deploys a scikit-learn model."""

    name = "MLServer"
    requirements = ("mlserver==1.7.1", "mlserver-sklearn==1.7.1")
    note = "mlserver_sklearn, parallel_workers 0; Open Inference Protocol over REST"
    settings: ClassVar[dict[str, object]] = {}

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        super().write(folder, workload, python, port)
        model = {
            "name": "iris",
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": {"uri": os.path.join("models", "model.joblib")},
            **self.settings,
        }
        (folder / "model-settings.json").write_text(json.dumps(model))


class MlServerMerging(MlServerSklearn):
    """With its adaptive batching, which waits a moment for requests to merge."""

    name = "MLServer, batching"
    note = "mlserver_sklearn, max_batch_size 64, max_batch_time 1 ms"
    settings = {"max_batch_size": 64, "max_batch_time": 0.001}
