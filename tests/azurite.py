"""Azurite, which answers as a storage account in Azure does: where it is, and one of a test's own."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ACCOUNT = "devstoreaccount1"
# The key that Azurite's documentation gives to everybody.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
SCRIPT = "node_modules/azurite/dist/src/azurite.js"
_NAMED = os.environ.get("AML_NB_AZURITE")
_TRIES = 3


def command() -> list[str] | None:
    """How Azurite is started: AML_NB_AZURITE, node_modules of this checkout or above it, or the PATH."""
    node = shutil.which("node")
    above = [folder / SCRIPT for folder in Path(__file__).resolve().parents]
    scripts = [Path(_NAMED)] if _NAMED else above
    script = next((path for path in scripts if path.is_file()), None)
    if node and script:
        return [node, str(script)]
    found = shutil.which(_NAMED or "azurite")
    return [found] if found else None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """An account of one's own on this machine, empty and in memory; its ``host:port``."""
    start = command()
    assert start is not None
    log = folder / "azurite.log"
    for _ in range(_TRIES):
        ports = _free_ports(3)
        flags = ["--silent", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
        for service, port in zip(("blob", "queue", "table"), ports, strict=True):
            flags += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
        with log.open("wb") as output:
            process = subprocess.Popen([*start, *flags], stdout=output, stderr=output, cwd=folder)
        if _listens(process, ports):
            break
        process.terminate()
        process.wait(timeout=20)
    else:
        raise AssertionError(f"Azurite does not answer:\n{log.read_text(errors='replace')}")
    try:
        yield f"127.0.0.1:{ports[0]}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, all held until the last is found."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _listens(process: subprocess.Popen[bytes], ports: list[int]) -> bool:
    """Whether it comes to listen on all of them; it ends where somebody else was given one of them meanwhile."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if all(map(_is_azurites, ports)):
            return True
        time.sleep(0.05)
    return False


def _is_azurites(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/{ACCOUNT}")
        return connection.getresponse().headers.get("Server", "").startswith("Azurite")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
