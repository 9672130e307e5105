"""aml_nb's own server, started as the process engine starts it."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import ROOT
from benchmarks.peers.base import Peer, Workload


class AmlNb(Peer):
    """A supervisor and one worker: key authentication, request ids and access logging on."""

    name = "aml_nb"
    note = "supervisor and 1 worker; keys, request ids and access log on"

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)

    def install(self) -> Path:
        return Path(sys.executable)

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        from aml_nb.scoring.config import KEYS_FILE, SERVICE_FILE, ServerConfig

        keys = {
            "primary": self.key,
            "secondary": secrets.token_hex(16),
            "token_secret": secrets.token_hex(16),
        }
        kept = folder / KEYS_FILE
        kept.touch(0o600)
        kept.write_text(json.dumps(keys))
        config = ServerConfig(
            name="benchmark",
            app_root=str(folder),
            entry_script="score.py",
            model_dir=str(folder / "models"),
            python=str(python),
            port=port,
            auth="key",
            keys_file=str(kept),
        )
        config.write(folder / SERVICE_FILE)

    def command(self, folder: Path, python: Path, port: int) -> Sequence[str]:
        return [str(python), "-m", "aml_nb.scoring.supervisor", str(folder)]

    def environ(self, folder: Path, port: int) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}
