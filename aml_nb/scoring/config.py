"""What a scoring server is told: one value, made once by an engine, written as ``service.json``."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from aml_nb.scoring.scaling import Scaling

SERVICE_FILE = "service.json"
KEYS_FILE = "keys.json"
STATE_FILE = "state.json"
LOCK_FILE = "lock"
LOG_FILE = "service.log"


@dataclass(frozen=True)
class ServerConfig:
    """Everything a supervisor and its workers need to serve one revision of one service.

    Paths are absolute, save ``entry_script`` and ``source_directory``, which are relative to ``app_root``.
    Times are milliseconds. ``port`` None takes a free one. ``max_queue_wait_ms`` None lets a request wait as
    long as it takes; ``queue_limit`` is how many may wait in one worker before the next gets a 503.
    ``worker_count`` processes make ``worker_count / replica_workers`` replicas; ``probe`` has the seconds and
    numbers of a liveness probe (``period_s``, ``initial_delay_s``, ``timeout_s``, ``success``, ``failure``).
    ``insights`` is the folder for requests, traces and exceptions where they are collected, ``model_data`` the one for
    what a script's ModelDataCollector collects, ``scope`` whose it is: ``subscription/group/workspace``.
    """

    name: str
    app_root: str
    entry_script: str
    model_dir: str
    revision: int = 1
    source_directory: str | None = None
    python: str = ""
    environment_variables: dict[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int | None = None
    health_port: int | None = None
    worker_count: int = 1
    replica_workers: int = 1
    scaling: Scaling | None = None
    probe: dict[str, float] | None = None
    scoring_path: str = "/score"
    auth: str = "none"
    keys_file: str | None = None
    scoring_timeout_ms: int = 3_600_000
    max_queue_wait_ms: int | None = None
    queue_limit: int = 10_000
    max_body_bytes: int = 100 * 1024 * 1024
    cors_origins: str | None = None
    start_timeout_ms: int = 600_000
    drain_ms: int = 10_000
    app_insights: bool = False
    insights: str | None = None
    model_data: str | None = None
    collect_model_data: bool = False
    scope: str = ""
    debug: bool = False

    @classmethod
    def read(cls, path: str | Path) -> ServerConfig:
        """Read what ``write`` wrote; keys that a newer version added are ignored."""
        with open(path, encoding="utf-8") as file:
            return cls.from_dict(json.load(file))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServerConfig:
        """The value that ``dataclasses.asdict`` made ``data`` of."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        values["scaling"] = Scaling.from_dict(values.get("scaling"))
        return cls(**values)

    def with_replicas(self, number: int) -> ServerConfig:
        """The same with so many replicas."""
        return replace(self, worker_count=number * self.replica_workers)

    def write(self, path: str | Path) -> None:
        """Write it as JSON; whoever reads meanwhile sees the old file or the new one."""
        write_atomically(path, json.dumps(asdict(self), indent=2).encode())


def write_atomically(path: str | Path, data: bytes, mode: int = 0o644, durable: bool = True) -> None:
    """Replace the file at ``path`` by ``data`` in one step."""
    staged = f"{path}.{os.getpid()}.tmp"
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(staged, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(staged)
        raise
