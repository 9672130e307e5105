"""Where a parallel step's rows go: into the folder of its output, in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.bindings.in_script import OWN
from aml_nb.core.runs.bindings.preparing import REFERENCE

if TYPE_CHECKING:
    from aml_nb.core.runs.bindings import Prepared


def path_of(prepared: Prepared, names: Sequence[str]) -> Path | None:
    """The folder of the step's output, made where it is not there; None without an output."""
    if not names:
        return None
    variables = prepared.environment
    folder = Path(variables.get(OWN + names[0]) or variables[REFERENCE + names[0]])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear(folder: Path, name: str) -> None:
    """Remove what a session that was killed while it wrote the file of all rows has left."""
    for left in folder.glob(f".{name}.*"):
        left.unlink(missing_ok=True)


def collect(workspace: Any, bound: Mapping[str, Any], work: Path, owner: str, run_id: str, succeeded: bool) -> None:
    """Upload and register what the step wrote, and note it with the run.

    Parameters
    ----------
    work : the script's folder.
    owner : the run by which the places of outputs are named.
    run_id : the run that did it.
    """
    from aml_nb.core.runs.bindings import collect as collect_all
    from aml_nb.core.runs.records import RunRecords

    kept = collect_all(workspace, bound, work, owner, succeeded)
    if kept:
        RunRecords(workspace._store).change(run_id, lambda fields: fields["payload"].update(output_datasets=kept))
