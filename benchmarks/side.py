"""A process that takes turns with others: it does what it is told, and says how long that took."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, BenchmarkError, clean_environ


class Side:
    """One of the processes that take turns.

    Parameters
    ----------
    work : the file of this folder that it runs; it serves lines of a verb and a number.
    name : which side it is.
    python, folder : what it runs with, and where.
    peer : it runs in another environment, without this checkout.
    more : words after the name and the folder.
    """

    def __init__(self, work: str, name: str, python: str, folder: Path, *more: str, peer: bool = False) -> None:
        folder.mkdir()
        self.name = name
        self.log = folder / "log.txt"
        command = [python, str(ROOT / "benchmarks" / work), name, str(folder), *more]
        environ = {**clean_environ(), "PYTHONPATH": "" if peer else str(ROOT)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environ
            )

    def do(self, verb: str, count: int) -> dict[str, Any]:
        """Let it do something; what it answers."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(f"{verb} {count}\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise BenchmarkError(f"{self.name} ended:\n{self.log.read_text(errors='replace')[-1500:]}")
        data: dict[str, Any] = json.loads(answer)
        return data

    def stop(self) -> None:
        """End it by ending its input."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
