"""Batch scoring: one driver, mini-batches, worker processes, a journal.

    summary = run_batch(BatchSpec(source={"kind": "folder", "path": "data"}, entry_script="score.py", …), folder)

It speaks to ``concurrent.futures.Executor`` alone. Called again on the folder of a job that was killed, it does what
is left: every mini-batch's rows are in the output exactly once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from aml_nb.engines.batch.sources import Batch, Source
from aml_nb.engines.batch.spec import BatchError, BatchSpec, BatchSummary

__all__ = ["Batch", "BatchError", "BatchSpec", "BatchSummary", "Source", "run_batch"]


def run_batch(
    spec: BatchSpec,
    folder: Path,
    *,
    executor: Executor | None = None,
    source: Source | None = None,
    tell: Callable[[str], None] | None = None,
    cancelled: threading.Event | None = None,
) -> BatchSummary:
    """Do a batch job, or what is left of it.

    Parameters
    ----------
    folder : the job's own: journal, progress, errors and logs.
    executor : where mini-batches are scored; worker processes of this machine when None. It gets
        ``remote.score(specification, folder, batch)`` calls, at most ``3 * spec.workers`` at a time, and stays open.
    source : what gives the mini-batches, in place of ``spec.source``.
    tell : is given a line of text now and then.
    cancelled : set it to end the job; it can be resumed.

    Returns
    -------
    How it ended: thresholds passed or an entry script that cannot be loaded are "Failed", with the reason.

    Raises
    ------
    BatchError
        The specification is wrong, is another than the folder's, or another process drives this job.
    """
    from aml_nb.engines.batch.driver import Driver

    return Driver(spec, folder, executor, source, tell, cancelled).drive()
