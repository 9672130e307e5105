"""An upload whose process is killed: what is there is whole, and the next one finishes and cleans up."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from aml_nb.core.workspace import Workspace

# It is killed as soon as it tells of the third file: from outside, it could be done before the kill comes.
SCRIPT = """
import os, signal, sys
tell = sys.stdout.write

def write(text):
    if ", 3 files out of" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    return tell(text)

sys.stdout.write = write
from aml_nb.core.workspace import Workspace
Workspace.get("test-ws").get_default_datastore().upload("data", "x")
"""
FILES, BYTES = 400, 300_000


def test_a_killed_upload_leaves_whole_files_only(ws: Workspace) -> None:
    block = random.Random(0).randbytes(BYTES)
    Path("data").mkdir()
    for number in range(FILES):
        Path("data", f"{number:03d}.bin").write_bytes(block)
    store = ws.get_default_datastore()
    done = subprocess.run([sys.executable, "-c", SCRIPT], stdout=subprocess.DEVNULL, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    there = list(store._local("x").iterdir())
    assert 3 <= len(there) < FILES
    assert {path.read_bytes() == block for path in there} == {True}

    staging = store._local().parent / ".staging"
    for left in staging.iterdir():
        os.utime(left, (0, 0))
    store.upload("data", "x", show_progress=False)
    assert len(list(store._local("x").iterdir())) == FILES
    assert not staging.exists()
