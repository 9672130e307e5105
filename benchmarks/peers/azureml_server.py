"""azureml-inference-server-http, the server whose contract aml_nb keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.base import Peer


class AzuremlServer(Peer):
    """One worker, as its command starts it; it has request ids and access logging, no authentication."""

    name = "azureml-inference-server-http"
    requirements = ("azureml-inference-server-http==1.5.1",)
    note = "azmlinfsrv --worker_count 1; no authentication"

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        options = {"--entry_script": "score.py", "--model_dir": "models", "--port": str(port)}
        flat = [part for pair in options.items() for part in pair]
        return [str(python.parent / "azmlinfsrv"), *flat, "--worker_count", "1"]
