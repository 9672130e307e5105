"""A script of a run on a worker of a Dask cluster: its process, its output, and the ways in which it is ended.

``python -m aml_nb.engines.dask_script FOLDER`` is started by the worker. In the folder, which all machines share:
``job.json`` says what to run; ``heart`` changes as long as somebody wants the result; ``stop`` asks to end;
``started`` says where it runs, and is made once, so that no script is run twice; ``out`` has the output in pieces.
Only the standard library is imported here.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

#: How long nobody may have wanted the result, how long a script may take to end, and how often is looked; seconds.
FORGOTTEN, GENTLY, STEP = 30.0, 5.0, 0.1
NOT_FOUND = 127
"""The exit code for a program that cannot be started, as a shell has it."""
# A piece of output is at most so large, and is there after so many seconds; a reader that is slower is waited for.
_PIECE, _DELAY, _PIECES = 1 << 18, 0.05, 64


def main(folder: Path) -> int:
    """Run the script to its end; its exit code."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    try:
        script = _begun(job)
    except OSError as error:
        (folder / "out" / f"{1:010d}").write_text(f"{job['argv'][0]} cannot be started: {error}\n", encoding="utf-8")
        return NOT_FOUND
    output = _Output(script, folder / "out")
    output.start()
    watch = _Watch(folder)
    while script.poll() is None:
        if watch.over():
            _end(script)
        time.sleep(STEP)
    while output.is_alive() and not output.idle() and not watch.over():
        output.join(STEP)
    return script.returncode


def _begun(job: dict[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        job["argv"],
        cwd=job["cwd"],
        env=job["env"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class _Watch:
    """Whether the script is still wanted: the worker lives, nobody has asked to stop, somebody waits for the result."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parent = os.getppid()
        self._beat: tuple[str, float] = ("", time.monotonic())

    def over(self) -> bool:
        if os.getppid() != self._parent or (self._folder / "stop").exists():
            return True
        try:
            heart = (self._folder / "heart").read_text()
        except OSError:
            heart = self._beat[0]
        if heart != self._beat[0]:
            self._beat = heart, time.monotonic()
        return time.monotonic() - self._beat[1] > FORGOTTEN


def _end(script: subprocess.Popen[bytes]) -> None:
    """End the script and what it has started, gently first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(script.pid, number)
        with suppress(subprocess.TimeoutExpired):
            script.wait(GENTLY)
            return


class _Output(threading.Thread):
    """Writes the output down piece by piece, each of them whole at once, for a reader on another machine to see."""

    def __init__(self, script: subprocess.Popen[bytes], out: Path) -> None:
        super().__init__(daemon=True)
        self._script, self._out = script, out
        self._moved = time.monotonic()

    def idle(self) -> bool:
        """Whether nothing came for so long that only what the script has left behind can hold the pipe open."""
        return time.monotonic() - self._moved > GENTLY

    def run(self) -> None:
        pipe = self._script.stdout
        assert pipe is not None
        number = 0
        with pipe:
            while piece := os.read(pipe.fileno(), _PIECE):
                number += 1
                staged = self._out / f".{number:010d}"
                staged.write_bytes(piece)
                os.rename(staged, self._out / f"{number:010d}")
                time.sleep(_DELAY)
                while number > _PIECES and (self._out / f"{number - _PIECES:010d}").exists():
                    self._moved = time.monotonic()
                    time.sleep(STEP)
                self._moved = time.monotonic()


def started(folder: Path, worker: str) -> bool:
    """Say that the script runs on this worker now; False where it has been started before."""
    told = json.dumps({"worker": worker, "host": socket.gethostname()})
    staged = folder / f".started-{os.getpid()}-{threading.get_ident()}"
    staged.write_text(told, encoding="utf-8")
    try:
        os.link(staged, folder / "started")
    except FileExistsError:
        return False
    finally:
        staged.unlink()
    return True


def task(folder: str) -> int | None:
    """What the worker does: run the script in a process of its own; None where another worker had begun with it.

    The process ends the script when the worker is killed, which a thread of the worker could not.
    """
    from distributed import get_worker

    if not started(Path(folder), str(get_worker().address)):
        return None
    return subprocess.call([sys.executable, "-m", __name__, folder])


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.exit(code if code >= 0 else 128 - code)
