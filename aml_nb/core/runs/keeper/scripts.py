"""A run that is a program of the user's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.runs.keeper import failure, logs, processes, variables
from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.keeper.processes import Process
from aml_nb.core.runs.keeper.stopping import Stop
from aml_nb.core.runs.spec import RunSpec

if TYPE_CHECKING:
    from aml_nb.core.compute.pool import Lease

_FIRST_STEP_S, _STEP_S = 0.005, 0.1
_QUIET_S = 2.0


def keep(folder: Path, spec: RunSpec, book: Book) -> Ending:
    """Run the script and say how it ended."""
    stop = Stop(book, spec.max_seconds)
    with ExitStack() as stack:
        lease = None
        if spec.cluster is not None:
            lease = _node(spec, book, stop, spec.cluster)
            if lease is None:
                return stop.why() or Ending.canceled()
            stack.enter_context(lease)
        python = spec.python
        if python is None:
            from aml_nb.core.runs.keeper.preparing import interpreter

            python = interpreter(folder, spec, book, stop)
            if python is None:
                return stop.why() or Ending.canceled()
        if stop.wanted():
            return stop.why() or Ending.canceled()
        return _run(folder, spec, book, stop, python, lease)


def _node(spec: RunSpec, book: Book, stop: Stop, cluster: str) -> Lease | None:
    """Wait for the nodes; None when the run is to end before it has them."""
    from aml_nb.core.compute.pool import Pool

    def tell(sentence: str) -> None:
        print(sentence, flush=True)
        book.status("Queued")

    pool = Pool(Path(spec.workspace), cluster)
    return pool.acquire(spec.run_id, spec.layout.nodes, tell=tell, stopped=stop.wanted)


def _run(folder: Path, spec: RunSpec, book: Book, stop: Stop, python: str, lease: Lease | None) -> Ending:
    from_data, words = {}, spec.arguments
    if spec.bound is not None:
        from aml_nb.core.data.datasets.placing import Stopped
        from aml_nb.core.runs.bindings import prepare

        try:
            prepared = prepare(
                book.workspace, spec.bound, folder / "work", spec.run_id, quote=spec.shell, stopped=stop.wanted
            )
        except Stopped:
            return stop.why() or Ending.canceled()
        from_data, words = prepared.environment, prepared.arguments
    command = _command(spec, python, words)
    common = {**variables.base(spec, folder, python), **from_data}
    before = failure.oom_kills()
    running: list[Process] = []
    book.begun = True
    processes.adopt_orphans()  # before there may be any: a command may be done before we come to anything else
    try:
        for rank, own in enumerate(variables.of_processes(spec.layout)):
            log = logs.Log(folder / "logs" / _log_name(spec, rank), logs.limit())
            running.append(Process(command, folder / "work", {**common, **own}, log))
        stop.started()
        since = time.time()
        book.state(groups=[process.group for process in running])
        if lease is not None:
            lease.stage("running")
        why = _watch(spec, stop, running, lambda: book.running(since))
        ending = why or _judge(spec, folder / "work", running, before)
    finally:
        gently = any(process.poll() is None for process in running)
        processes.end_all(running, gently, processes.FAR_GRACE_S if spec.scheduler else processes.GRACE_S)
        for process in running:
            process.finish()
            process.log.close()
    return _finalize(folder, spec, book, ending, sum(process.log.lost for process in running))


def _command(spec: RunSpec, python: str, words: list[str]) -> list[str]:
    """What is started here: the script, a shell with the command, or what has a Dask worker do either."""
    command = ["/bin/sh", "-c", " ".join(words)] if spec.shell else [python, *words]
    if spec.scheduler is None:
        return command
    return [sys.executable, "-m", "aml_nb.engines.dask", spec.scheduler, "--", *command]


def _watch(spec: RunSpec, stop: Stop, running: list[Process], announce: Callable[[], None]) -> Ending | None:
    """Wait until the processes have ended; how the run ends, where something else ends it.

    ``announce`` opens the database, which takes the processor for a while: the script's own imports go first.
    """
    workers = running[: len(running) - spec.layout.servers]
    quiet_until: float | None = time.monotonic() + _QUIET_S
    pause, why = _FIRST_STEP_S, None
    while why is None:
        failed = any(process.poll() and not _again(spec, process) for process in running)
        if failed or all(process.poll() is not None for process in workers):
            break  # where one has failed, the others would wait for it for ever
        time.sleep(pause)
        pause = min(pause * 1.2, _STEP_S)
        if quiet_until is not None and (running[0].log.size or time.monotonic() > quiet_until):
            announce()
            quiet_until = None
        why = stop.why()
    if quiet_until is not None:
        announce()
    return why


def _again(spec: RunSpec, process: Process) -> bool:
    """Start a process that failed again, where it may be."""
    if process.starts > spec.layout.retries or process.poll() in spec.layout.terminal:
        return False
    process.finish()
    process.log.say(f"[The process ended with exit code {process.poll()}: it is started again.]")
    process.start()
    return True


def _judge(spec: RunSpec, work: Path, running: list[Process], kills: int) -> Ending:
    """How the run ended, by the exit codes of its processes."""
    for process in running:
        code = process.poll()
        if code:
            process.finish()
            killed = failure.oom_kills() > kills
            return failure.explain(spec, work, code, process.log.last(failure.TAIL), killed)
    return Ending.completed()


def _finalize(folder: Path, spec: RunSpec, book: Book, ending: Ending, lost: int) -> Ending:
    """Keep what the script wrote, whatever became of it."""
    from aml_nb.core.runs.keeper.finalizing import finalize

    return finalize(folder, spec, book, ending, lost)


def _log_name(spec: RunSpec, rank: int) -> str:
    if spec.layout.framework == "none" or spec.layout.processes == 1:
        return spec.log
    stem, dot, suffix = spec.log.rpartition(".")
    return f"{stem}_process_{rank}{dot}{suffix}"
