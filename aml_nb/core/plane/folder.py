"""The folder of a workspace's control plane: who holds it, and where the server listens."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aml_nb.core.store.errors import readable_files
from aml_nb.engines.folder import held

NAME = "control"
MODULE = "aml_nb.control"
"""What the server is run as: ``python -m MODULE FOLDER``."""


class PlaneFolder:
    """Paths and small files of a control plane.

    ``lock`` is held by the server for as long as it lives. ``state.json`` says where it listens, and stays behind for
    the next one, which takes the same port where that is free.

    Parameters
    ----------
    workspace : the workspace's folder.
    """

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.path = workspace / NAME
        self.lock = self.path / "lock"
        self.state_file = self.path / "state.json"
        self.log = self.path / "server.log"
        self.site = self.path / "site"

    def alive(self) -> bool:
        """Whether a server holds the folder; asking holds nobody up."""
        return held(self.lock)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from starting or ending the server meanwhile; a killed holder lets go."""
        with readable_files(self.workspace):
            self.path.mkdir(mode=0o700, exist_ok=True)
            file = open(self.path / "starting.lock", "ab")
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def take(self) -> int | None:
        """Hold the folder until this process ends; None where another server does."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def state(self) -> dict[str, Any]:
        """What the last server said of itself; empty where none has said anything."""
        try:
            told = json.loads(self.state_file.read_bytes())
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) and isinstance(told.get("port"), int) else {}

    def tell(self, state: dict[str, Any]) -> None:
        """Say where the server listens, in one step."""
        staged = self.path / f".state.{os.getpid()}"
        staged.write_text(json.dumps(state), encoding="utf-8")
        os.replace(staged, self.state_file)
