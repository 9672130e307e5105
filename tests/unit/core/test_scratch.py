"""Temporary folders: whose process was killed, theirs go too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aml_nb.core.scratch import PREFIX, Scratch

KILLED = """
import os
from aml_nb.core.scratch import Scratch
made = Scratch("rows")
open(os.path.join(made.path, "spilled"), "w").write("much")
print(made.path, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_what_a_killed_process_left_goes_with_the_next_folder_and_what_is_held_stays(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, env=environment, timeout=60)
    left = Path(done.stdout.strip())
    assert done.returncode == -9 and (left / "spilled").is_file() and left.name.startswith(PREFIX)
    (tmp_path / "aml-nb-downloaded").mkdir()
    with Scratch("files") as mine:
        assert not left.exists()
        with Scratch("files") as other:
            assert os.path.isdir(mine) and os.path.isdir(other)
        assert os.path.isdir(mine) and not os.path.isdir(other)
    assert os.listdir(tmp_path) == ["aml-nb-downloaded"], "what a dataset was downloaded to is the user's"
