"""From ``run.json`` to the end of the run, whichever kind it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.spec import RunSpec

if TYPE_CHECKING:
    from aml_nb.core.compute.pool_tickets import Ticket


def main(arguments: list[str]) -> NoReturn:
    """Keep the run of the folder; its end is booked whatever happens here."""
    folder, lock = Path(arguments[0]), int(arguments[1])
    os.set_inheritable(lock, False)
    spec = RunSpec.read(folder / "run.json")
    RunFolder(spec.workspace, spec.run_id).adopt(lock)
    ticket = _adopted(spec, arguments[2:])
    book = Book(folder, spec)
    try:
        ending = _keep(folder, spec, book)
    except Exception as error:
        import traceback  # here: nothing is imported before the script starts that it does not need

        traceback.print_exc()
        ending = Ending.internal(error)
    if ticket is not None:
        ticket.withdraw()  # which it may never have asked for; to write down its end may take long
    if spec.kind == "script" and not book.begun:
        _drop_source(folder)
    book.end(ending)
    sys.stdout.flush()
    # Threads that somebody's library has left running would hold the run's folder for ever.
    os._exit(0)


def _adopted(spec: RunSpec, given: list[str]) -> Ticket | None:
    """The run's place in the queue of its cluster, where it was given one."""
    if not given:
        return None
    from aml_nb.core.compute.pool_tickets import adopt

    return adopt(Path(given[1]), int(given[0]), spec.run_id, spec.layout.nodes)


def _keep(folder: Path, spec: RunSpec, book: Book) -> Ending:
    if spec.kind == "driver":
        from aml_nb.core.runs.keeper.drivers import keep
    else:
        from aml_nb.core.runs.keeper.scripts import keep
    return keep(folder, spec, book)


def _drop_source(folder: Path) -> None:
    """Remove what was laid out for a script that never started, up to hundreds of megabytes of which nothing is new."""
    import shutil

    for name in ("work", "resume", "inputs", "writing", "linked"):
        shutil.rmtree(folder / name, ignore_errors=True)
