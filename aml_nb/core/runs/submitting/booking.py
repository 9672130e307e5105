"""What every submission does: an id, a folder that is held, a record, and the keeper's start."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords, told
from aml_nb.core.runs.spec import CANCEL_FILE, RunSpec
from aml_nb.core.runs.submitting import launch
from aml_nb.core.store.errors import readable_files
from aml_nb.core.user import user
from aml_nb.errors import ComputeTargetException, NameTakenError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.compute.pool_tickets import Ticket

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,254}", re.ASCII)
_LONGEST_NAME = 200
"""Of an experiment's name, what goes into the ids of its runs: they are names of folders."""


def new_id(experiment: str) -> str:
    """v1's form: ``<experiment>_<seconds>_<8 hex digits>``."""
    return f"{experiment[:_LONGEST_NAME]}_{int(time.time())}_{secrets.token_hex(4)}"


def check_id(run_id: str) -> str:
    """The id, if it may be the name of a folder."""
    if not _ID.fullmatch(run_id):
        raise UserErrorException(
            f"{run_id!r} is no id for a run.", hint="letters, digits, '-', '_' and '.'; or leave it out"
        )
    return run_id


def submit(
    workspace: Any,
    record: RunRecord,
    lay_out: Callable[[RunFolder], RunSpec],
) -> RunRecord:
    """Make the run's folder and record, and start its keeper.

    The folder is held from the start, and the keeper is given the hold: nobody ever finds the run without an owner.
    So it is with the place in the queue of the run's cluster: runs submitted one after the other start in that order.
    What fails before the keeper runs leaves nothing behind.

    Parameters
    ----------
    record : of the run.
    lay_out : fills the folder and says what the keeper is to do.

    Raises
    ------
    NameTakenError : there is a run of that id, which stays as it is.
    """
    folder = RunFolder(workspace, record.run_id)
    records = RunRecords(workspace._store)
    _check_free(records, record.run_id)
    with readable_files(folder.path.parent):
        hold = folder.make().hold(keep=False)
    made, ticket = False, None
    try:
        _check_free(records, record.run_id)  # again: whoever held the folder before us may have made the run
        with readable_files(folder.path):
            spec = lay_out(folder)
            spec.write(folder.spec)
            ticket = _ticket(spec)
        stored = records.create(record)
        made = True
        launch.start(folder.path, hold, ticket)
        return stored
    except NameTakenError:
        raise  # the folder is that of another run
    except BaseException as error:
        if made:
            with suppress(OSError):
                (folder.path / CANCEL_FILE).touch()  # its process may be there: interrupted, one does not know
            records.transition(
                record.run_id, states.FAILED, error=told(str(error) or type(error).__name__, "SystemError")
            )
        else:
            shutil.rmtree(folder.path, ignore_errors=True)
        raise
    finally:
        hold.close()
        if ticket is not None:
            ticket.close()


def _ticket(spec: RunSpec) -> Ticket | None:
    """The run's place in the queue of its cluster."""
    if spec.cluster is None:
        return None
    from aml_nb.core.compute.pool import Pool

    with suppress(ComputeTargetException):  # the cluster has gone meanwhile: the keeper finds it out and says so
        return Pool(Path(spec.workspace), spec.cluster).draw(spec.run_id, spec.layout.nodes)
    return None


def _check_free(records: RunRecords, run_id: str) -> None:
    """Before anything is laid out: the folder of a run that is there must stay as it is."""
    if records.get(run_id) is not None:
        raise NameTakenError(
            f"There is a run with the id {run_id!r} already.", hint="leave the run's id out to get a new one"
        )


def parent_id(parent: Any) -> str | None:
    """The id of a parent that is given as a run or as an id."""
    return parent if parent is None or isinstance(parent, str) else str(parent.id)


def spec_of(workspace: Any, record: RunRecord, kind: str, **parts: Any) -> RunSpec:
    """What the keeper of a run needs to know of it, whatever it does."""
    return RunSpec(
        run_id=record.run_id,
        experiment=record.experiment,
        experiment_id=record.experiment_id,
        kind=kind,
        workspace=str(workspace._folder),
        workspace_id=workspace._id,
        subscription_id=workspace.subscription_id,
        resource_group=workspace.resource_group,
        workspace_name=workspace.name,
        target=record.target or "local",
        **parts,
    )


def submitted_by() -> str:
    """Who submits."""
    return user()
