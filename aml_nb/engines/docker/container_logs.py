"""What containers wrote, also those that are gone: their lines are kept in the service's folder."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from docker.errors import APIError, DockerException
from docker.models.containers import Container

from aml_nb.engines.tail import tail

KEPT_FILE = "containers.log"
_KEPT_LINES, _KEPT_BYTES = 5000, 10 * 1024 * 1024
_lock = threading.Lock()
# Docker's answers for a container that is not there, and for one that is being removed.
_GONE = (404, 409)


def read(containers: Iterable[Container], folder: Path, lines: int, mark: bool = False) -> str:
    """The last ``lines`` lines of all, in the order in which they were written.

    Parameters
    ----------
    containers : those that are there.
    folder : of the service, which has the lines of those that are gone.
    lines : at most so many.
    mark : begin each line with the container's name, where there are several.
    """
    containers = list(containers)
    mark = mark and len(containers) > 1
    kept, stamped = tail(folder / KEPT_FILE, lines), []
    for container in containers:
        try:
            found = _of(container, lines)
        except APIError as error:
            if error.status_code not in _GONE:
                raise
            kept = tail(folder / KEPT_FILE, lines)  # who removes it has kept its lines before
        else:
            stamped += [(when, f"{container.name} {line}" if mark else line) for when, line in found]
    stamped += _stamped(kept)
    stamped.sort(key=lambda pair: pair[0])
    return "".join(line for _, line in stamped[-lines:]) if lines > 0 else ""


def keep(container: Container, folder: Path) -> None:
    """Put the lines of a container that is to be removed into the service's folder, which keeps the newest."""
    with suppress(DockerException, OSError):
        data = container.logs(timestamps=True, tail=_KEPT_LINES)
        path = folder / KEPT_FILE
        with _lock:
            if path.exists() and path.stat().st_size > _KEPT_BYTES:
                os.replace(path, f"{path}.1")  # where ``tail`` looks for older lines; those before it are gone
            with open(path, "ab") as file:
                file.write(data if not data or data.endswith(b"\n") else data + b"\n")


def _of(container: Container, lines: int) -> list[tuple[str, str]]:
    return _stamped(container.logs(timestamps=True, tail=max(lines, 1)).decode("utf-8", "replace"))


def _stamped(text: str) -> list[tuple[str, str]]:
    """Pairs of Docker's time stamp and the line."""
    pairs = []
    for row in text.split("\n"):
        when, found, line = row.partition(" ")
        if found:
            pairs.append((when, line.replace("\r", "") + "\n"))
    return pairs
