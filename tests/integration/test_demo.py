"""The README's first command does what the README says, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_demo_goes_the_whole_road(tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": path}
    demo = [sys.executable, "-m", "aml_nb.demo"]
    done = subprocess.run(demo, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"-> (setosa|versicolor|virginica)", done.stdout)) == 6
    assert "\nHealthy\n" in done.stdout
    assert "scoring 6 rows" in done.stdout
    assert list(tmp_path.glob("aml_nb-demo-*")) == []
    assert not [p.pid for p in psutil.process_iter() if str(tmp_path) in " ".join(_command(p))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
