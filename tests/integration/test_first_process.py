"""The supervisor as the first process of a container: there is no other to bury orphans and to be told to stop."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import psutil
import pytest

from aml_nb.scoring.config import LOG_FILE
from tests.integration.serving import Service, read_reply, wait_for

POST = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
SCRIPT = """
import os, subprocess, time

def init():
    subprocess.run(["sh", "-c", "for n in 1 2 3; do sleep 0.1 & done"])

def run(raw_data):
    time.sleep(0.5)
    return os.getppid()
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not there")
def test_as_the_first_process_of_a_container(tmp_path: Path) -> None:
    """It buries orphans, logs to standard output when asked, and drains when told to stop."""
    first = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*first, "true"], capture_output=True).returncode:
        pytest.skip("this user may not make a process namespace")

    def launch(command: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "AML_NB_LOG_TO_STDOUT": "1"}
        return subprocess.Popen([*first, *command], env=environment, stdout=subprocess.PIPE)

    service = Service(tmp_path / "service", SCRIPT, launch)
    try:
        assert service.post().json() == 1, "the supervisor is the first process"
        (supervisor,) = psutil.Process(service.process.pid).children()
        wait_for(lambda: [process.status() for process in supervisor.children()].count(psutil.STATUS_ZOMBIE) == 0)
        wait_for(lambda: len(supervisor.children()) == 1)
        with service.connect() as sock:
            sock.sendall(POST)
            threading.Event().wait(0.3)
            supervisor.terminate()
            assert read_reply(sock)[0] == 200
        said = service.process.communicate(timeout=20)[0]
        assert b"POST /score 200" in said and b"supervisor - Stopping." in said
        assert not (service.folder / LOG_FILE).exists()
    finally:
        service.close()
