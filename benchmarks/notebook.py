"""A process that stands for a notebook: it has its workspace and its models, and does what it is told by lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.common import ROOT, BenchmarkError, clean_environ


class Notebook:
    """Runs ``code``, which says ``ready`` and then answers lines; ``engine`` carries its services."""

    def __init__(self, code: str, folder: Path, engine: str) -> None:
        environ = {
            **clean_environ(),
            "PYTHONPATH": str(ROOT),
            "AML_NB_HOME": str(folder / f"home-{engine}"),
            "AML_NB_ENGINE": engine,
            "AZUREML_LOG_DEPRECATION_WARNING_ENABLED": "False",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = self._until("ready")

    def ask(self, line: str, word: str) -> str:
        """Send a line; what follows ``word`` in the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._until(word)

    def close(self, last: str = "") -> None:
        """End it."""
        self._process.communicate(last, timeout=120)

    def _until(self, word: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(word):
                return line[len(word) :]
        raise BenchmarkError("the notebook's process ended")
