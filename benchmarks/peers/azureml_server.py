"""azureml-inference-server-http, the server whose contract aml_nb keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.base import Peer

START = """
import sys

from azureml_inference_server_http import amlserver

amlserver.DEFAULT_HOST = "127.0.0.1"
sys.exit(amlserver.run())
"""
"""What its command runs, save that it would listen on every interface and has no option against that."""


class AzuremlServer(Peer):
    """One worker, as its command starts it; it has request ids and access logging, no authentication."""

    name = "azureml-inference-server-http"
    requirements = ("azureml-inference-server-http==1.5.1",)
    note = "azmlinfsrv --worker_count 1; no authentication"

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        options = {"--entry_script": "score.py", "--model_dir": "models", "--port": str(port)}
        flat = [part for pair in options.items() for part in pair]
        return [str(python), "-c", START, *flat, "--worker_count", "1"]
