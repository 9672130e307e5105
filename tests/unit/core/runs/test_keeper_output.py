"""What a function of a run prints: at once in its log, and bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PRINTS = """
import os, sys, time
from pathlib import Path
from aml_nb.core.runs.keeper.output import Output

output = Output(Path(sys.argv[1]), 2000)
for number in range(int(sys.argv[2])):
    print(f"{number:06d}")
    output.look()
if sys.argv[3] == "killed":
    os.kill(os.getpid(), 9)
output.close()
print("afterwards")
"""


def printed(path: Path, lines: int, end: str = "closed") -> tuple[str, str]:
    """What is in the log, and what came out elsewhere."""
    done = subprocess.run(
        [sys.executable, "-c", PRINTS, str(path), str(lines), end], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == (-9 if end == "killed" else 0), done.stderr
    return path.read_text(), done.stdout


def test_a_small_log_is_whole_and_what_comes_later_is_not_the_runs(tmp_path: Path) -> None:
    log, rest = printed(tmp_path / "logs" / "driver.txt", 100)
    assert log == "".join(f"{number:06d}\n" for number in range(100))
    assert rest == "afterwards\n"


def test_of_a_large_one_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    log, rest = printed(tmp_path / "driver.txt", 20_000)
    assert log.startswith("000000\n000001\n") and log.endswith("019998\n019999\n")
    assert "left out" in log and len(log) < 4000
    assert rest == "afterwards\n"


def test_one_that_is_killed_has_said_all_of_it(tmp_path: Path) -> None:
    log, _ = printed(tmp_path / "driver.txt", 100, "killed")
    assert log.endswith("000099\n")


def test_text_that_no_file_takes_is_written_out(tmp_path: Path) -> None:
    code = PRINTS.replace('print(f"{number:06d}")', 'print("\\\\ud800")')
    path = tmp_path / "driver.txt"
    done = subprocess.run([sys.executable, "-c", code, str(path), "1", "closed"], capture_output=True, timeout=60)
    assert done.returncode == 0 and path.read_text() == "\\ud800\n"
