"""The metrics of runs as event files for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.tensorboard.installed import check
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run


def export_to_tensorboard(run_data: Run | list[Run], logdir: str, logger: Any = None, recursive: bool = True) -> None:
    """Write the numbers that runs have logged as event files, a folder below ``logdir`` for each run.

    Parameters
    ----------
    run_data : a run, or a list of runs.
    logdir : the folder, made where it is missing. What was exported there before is replaced, run by run.
    logger : is told which runs were exported, by ``info``.
    recursive : export the runs below, too.

    Raises
    ------
    UserErrorException : it is no run, what is not a folder is in the way, or TensorBoard is not installed.
    """
    check()
    root = Path(logdir).expanduser()
    if root.exists() and not root.is_dir():
        raise UserErrorException(f"{root} is no folder.", hint="export_to_tensorboard(run, 'tensorboard-logs')")
    for run in _all(_listed(run_data), recursive):
        written = _export(run, root / run.id)
        if logger is not None:
            logger.info("%s: %s numbers exported to %s", run.id, written, root / run.id)


def _listed(given: Any) -> list[Any]:
    runs = list(given) if isinstance(given, Iterable) else [given]
    for run in runs:
        if not (hasattr(run, "get_metrics") and hasattr(run, "get_children")):
            raise UserErrorException(
                f"export_to_tensorboard takes a run or a list of runs, not {run!r}.",
                hint="export_to_tensorboard(run, logdir), export_to_tensorboard(list(experiment.get_runs()), logdir)",
            )
    return runs


def _all(runs: Iterable[Any], recursive: bool) -> Iterator[Any]:
    """The runs and those below them, each once."""
    seen = set()
    for run in runs:
        for each in (run, *(run.get_children(recursive=True) if recursive else ())):
            if each.id not in seen:
                seen.add(each.id)
                yield each


def _export(run: Any, folder: Path) -> int:
    """Write the numbers of one run; how many there were."""
    found = [(tag, values) for name, value in run.get_metrics().items() for tag, values in curves(name, value)]
    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    if not found:
        return 0
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    now = time.time()
    writer = EventFileWriter(str(folder))
    for tag, values in found:
        for step, number in values:
            told = Summary(value=[Summary.Value(tag=tag, simple_value=number)])
            writer.add_event(Event(wall_time=now, step=step, summary=told))
    writer.close()
    return sum(len(values) for _, values in found)


def curves(name: str, value: Any) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """The curves of a metric: steps with numbers. A row or a table has one for each column; texts are left out."""
    if isinstance(value, dict):
        for column, each in value.items():
            yield from curves(f"{name}/{column}", each)
        return
    values = value if isinstance(value, list) else [value]
    numbers = [(step, float(each)) for step, each in enumerate(values) if isinstance(each, Real)]
    if numbers:
        yield name, numbers
