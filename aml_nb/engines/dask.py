"""Run a program on a worker of a Dask cluster as if it ran here.

The workers share this machine's file system and have aml_nb. ``python -m aml_nb.engines.dask ADDRESS -- PROGRAM …``
does it from a terminal or for a process that wants a child: the output is the program's, so is the exit code, and
SIGTERM ends the program.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aml_nb.engines import dask_script
from aml_nb.errors import ComputeTargetException, NotAvailableError

_CONNECT, _STEP, _BEAT, _LOOK, _STOPPING = 10.0, 0.05, 1.0, 2.0, 15.0
LOST = 70
"""The exit code of the program here when the one there was lost."""


def run_command(
    address: str,
    argv: Sequence[str],
    cwd: str | Path,
    env: Mapping[str, str],
    log_path: str | Path,
    stopped: Callable[[], bool],
) -> int:
    """Run a program on a worker and append what it writes to a file.

    Parameters
    ----------
    address : of the scheduler.
    argv, cwd, env : the program, its folder and its whole environment.
    log_path : the file.
    stopped : whether to end it; it is asked often.

    Returns
    -------
    The exit code; one of 128 and more for a signal, as a shell has it.

    Raises
    ------
    ComputeTargetException
        The scheduler does not answer, the worker was lost, or it cannot run the program.
    NotAvailableError
        Dask is not installed.
    """
    with open(log_path, "ab", buffering=0) as log:
        return run(address, argv, cwd, env, log.write, stopped)


def run(
    address: str,
    argv: Sequence[str],
    cwd: str | Path,
    env: Mapping[str, str],
    write: Callable[[bytes], Any],
    stopped: Callable[[], bool],
) -> int:
    """The same with ``write`` for what the program writes."""
    with _folder(Path(cwd)) as folder, connected(address) as client:
        job = {"argv": list(argv), "cwd": str(cwd), "env": dict(env)}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        (folder / "out").mkdir()
        future = client.submit(dask_script.task, str(folder), key=f"aml_nb-{folder.name}", pure=False)
        driver = _Driver(client, future, folder, write)
        return driver.drive(stopped)


class _Driver:
    """The near end of a program that runs on a worker."""

    def __init__(self, client: Any, future: Any, folder: Path, write: Callable[[bytes], Any]) -> None:
        self._client, self._future, self._folder, self._write = client, future, folder, write
        self._next, self._beats, self._beat, self._looked = 1, 0, 0.0, time.monotonic()

    def drive(self, stopped: Callable[[], bool]) -> int:
        """Until it ends, or is asked to."""
        try:
            while not self._future.done():
                if stopped():
                    return self._stop()
                self._keep()
                time.sleep(_STEP)
            return self._result()
        except BaseException:
            self._ask_to_stop()
            raise

    def _keep(self) -> None:
        """Pass output on, show that somebody waits, and look whether the worker is still there."""
        self._pass_on()
        now = time.monotonic()
        if now - self._beat >= _BEAT:
            self._beat, self._beats = now, self._beats + 1
            (self._folder / "heart").write_text(str(self._beats))
        if now - self._looked >= _LOOK:
            self._looked = now
            worker = self._worker()
            if worker is not None and worker not in self._client.nthreads() and not self._future.done():
                raise self._lost(worker)

    def _pass_on(self) -> None:
        while True:
            piece = self._folder / "out" / f"{self._next:010d}"
            try:
                data = piece.read_bytes()
            except FileNotFoundError:
                return
            self._write(data)
            piece.unlink()
            self._next += 1

    def _result(self) -> int:
        self._pass_on()
        try:
            code = self._future.result(timeout=_CONNECT)
        except Exception as error:  # whatever went wrong there is raised here again
            raise self._told(error) from error
        if code is None:
            raise self._lost(self._worker())
        return int(code)

    def _told(self, error: Exception) -> ComputeTargetException:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return self._lost(self._worker())
        return ComputeTargetException(
            f"The Dask worker {self._worker() or ''} could not run the program: {type(error).__name__}: {error}",
            hint="start workers in this Python environment, with the folder of the workspace in reach",
        )

    def _stop(self) -> int:
        """Ask the program to end; one that was not begun with never is."""
        self._ask_to_stop()
        if self._worker() is None:
            self._future.cancel()
            return 128 + signal.SIGTERM
        deadline = time.monotonic() + _STOPPING
        while not self._future.done() and time.monotonic() < deadline:
            self._pass_on()
            time.sleep(_STEP)
        self._pass_on()
        return 128 + signal.SIGTERM

    def _ask_to_stop(self) -> None:
        with suppress(OSError):
            (self._folder / "stop").touch()

    def _worker(self) -> str | None:
        """The worker that has begun with it."""
        try:
            return str(json.loads((self._folder / "started").read_text(encoding="utf-8"))["worker"])
        except FileNotFoundError:
            return None

    def _lost(self, worker: str | None) -> ComputeTargetException:
        self._pass_on()
        return ComputeTargetException(
            f"The Dask worker {worker or ''} was lost while it ran the program, which was not started again.",
            hint="look at the worker's own log (killed, out of memory, network?), and submit the run again",
        )


@contextmanager
def _folder(cwd: Path) -> Iterator[Path]:
    """A folder that the worker sees too: beside the program's own, which is on the file system that all share."""
    made = Path(tempfile.mkdtemp(prefix=".dask-", dir=cwd.resolve().parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler, for as long as ``with`` lasts.

    Raises
    ------
    ComputeTargetException : no scheduler answers there.
    NotAvailableError : Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise NotAvailableError(
            "A run on a Dask cluster needs the package distributed.", hint="pip install 'aml-nb[dask]'"
        ) from None
    connect: Any = Client  # which has no types
    try:
        client = connect(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ComputeTargetException(
            f"No Dask scheduler answers at {address}: {error}", hint="dask scheduler, and dask worker ADDRESS"
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=_CONNECT)


def _main(words: list[str]) -> int:
    """``ADDRESS -- PROGRAM …`` with this process's folder, environment and output."""
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: asked.append(number))

    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    address, _, *argv = words
    try:
        return run(address, argv, Path.cwd(), os.environ, write, lambda: bool(asked))
    except (ComputeTargetException, NotAvailableError) as error:
        print(error.message, file=sys.stderr)
        return LOST


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
