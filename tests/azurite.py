"""Azurite, which answers as a storage account in Azure does: where it is, and one of a test's own."""

from __future__ import annotations

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
    ports = _free_ports(3)
    flags = ["--silent", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
    for service, port in zip(("blob", "queue", "table"), ports, strict=True):
        flags += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    log = folder / "azurite.log"
    with log.open("wb") as output:
        process = subprocess.Popen([*start, *flags], stdout=output, stderr=output, cwd=folder)
    try:
        _wait(process, ports[0], log)
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


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"Azurite did not answer on port {port}:\n{log.read_text(errors='replace')}")
