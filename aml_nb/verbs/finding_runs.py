"""Find experiments and runs by what people type: an id, its beginning, a number, a name, a variable."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.errors import AmlError, ServiceException, UsageError
from aml_nb.verbs.parser import near_text

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace
    from aml_nb.verbs.context import Context

MOST_COMPLETED = 50


def chosen_experiment(workspace: Workspace) -> str | None:
    """The experiment that ``%experiment NAME`` chose."""
    from aml_nb.display.runs import chosen_experiment

    return chosen_experiment(workspace)


def run_ids(workspace: Workspace) -> list[str]:
    """The ids of the newest runs, for completion."""
    return [record.run_id for record in islice(_find(workspace), MOST_COMPLETED)]


def choose_experiment(workspace: Workspace, name: str | None) -> None:
    """Work in this experiment from now on, in every kernel and terminal; None: in none."""
    workspace._store.records("setting").put("experiment", {"value": name})


def find_experiment(workspace: Workspace, name: Any) -> Any:
    """The experiment of that name, or of that variable; the error names those that are near."""
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.verbs.known import names_of

    given = getattr(name, "value", name)
    if isinstance(given, Experiment):
        return given
    known = names_of("experiment", workspace)
    if given not in known:
        raise UsageError(
            f"there is no experiment {str(given)!r}{near_text(str(given), known)}",
            hint=f"%experiment {given}  (makes it)",
        )
    return Experiment(workspace, str(given))


def find_run(context: Context, text: Any = None, experiment: str | None = None) -> Any:
    """The Run that ``text`` means; without it the last one.

    An id, the beginning of one, a number within the experiment that is chosen, ``EXPERIMENT:NUMBER``, a display
    name, or a variable.
    """
    from aml_nb.core.runs.run import Run

    given = getattr(text, "value", text)
    if isinstance(given, Run):
        return given
    workspace = context.workspace
    record = _last(context, experiment) if given is None else _named(workspace, str(given), experiment)
    return Run.get(workspace, record.run_id)


def experiment_of(context: Context, given: str | None) -> str | None:
    """The experiment that was named, else the one that is chosen."""
    return given if given is not None else chosen_experiment(context.workspace)


def _last(context: Context, experiment: str | None) -> RunRecord:
    workspace = context.workspace
    if context.last_run is not None and experiment is None:
        last = _by_id(workspace, context.last_run)
        if last is not None:
            return last
    within = experiment or chosen_experiment(workspace)
    record = next(_find(workspace, within, top=True), None) or next(_find(workspace, experiment, top=True), None)
    if record is None:
        raise UsageError("there are no runs here yet", hint="%train FILE")
    return record


def _named(workspace: Workspace, text: str, experiment: str | None) -> RunRecord:
    exact = _by_id(workspace, text)
    if exact is not None:
        return exact
    found = list(_matching(workspace, text, experiment))
    if len({record.run_id for record in found}) > 1:
        listed = ", ".join(record.run_id for record in found[:4])
        raise UsageError(f"{text!r} may be any of {len(found)} runs: {listed}", hint="give more of the id")
    if found:
        return found[0]
    raise ServiceException(
        f"RunNotFound: there is no run {text!r}{near_text(text, run_ids(workspace))}.", status_code=404,
        hint="%runs list",
    )  # fmt: skip


def _by_id(workspace: Workspace, text: str) -> RunRecord | None:
    from aml_nb.core.runs.records import RunRecords

    return RunRecords(workspace._store).get(text)


def _matching(workspace: Workspace, text: str, experiment: str | None) -> Iterator[RunRecord]:
    """Runs by number, by display name (the newest of that name), else by the beginning of the id."""
    within, _, number = text.rpartition(":")
    if number.isdigit():
        within = within or experiment or chosen_experiment(workspace) or _only_experiment(workspace)
        yield from (record for record in _find(workspace, within) if record.number == int(number))
        return
    named = next((record for record in _find(workspace, experiment) if record.display_name == text), None)
    if named is not None:
        yield named
    elif len(text) > 2:
        yield from (record for record in _find(workspace, experiment) if record.run_id.startswith(text))


def _only_experiment(workspace: Workspace) -> str:
    from aml_nb.verbs.known import names_of

    known = names_of("experiment", workspace)
    if len(known) == 1:
        return known[0]
    raise UsageError(
        f"a run of which experiment? There are {', '.join(known) or 'none'}",
        hint=f"{(known or ['EXPERIMENT'])[0]}:1, or choose one: %experiment NAME",
    )


def _find(workspace: Workspace, experiment: str | None = None, top: bool = False) -> Iterator[RunRecord]:
    from aml_nb.core.runs.records import RunRecords

    return RunRecords(workspace._store).find(experiment, top=top)


def find_dataset(workspace: Workspace, text: Any) -> Any:
    """The dataset that ``name``, ``name:version`` or a variable means."""
    from aml_nb.core.data.datasets.registry import get_by_name
    from aml_nb.verbs.known import names_of

    given = getattr(text, "value", text)
    if not isinstance(given, str):
        return given
    name, _, version = given.partition(":")
    try:
        return get_by_name(workspace, name, version or "latest")
    except AmlError as error:
        known = names_of("dataset", workspace)
        error.brief = (error.brief or error.message).rstrip(".") + near_text(name, known)
        error.hint = f"there is {', '.join(known)}" if known else "dataset.register(ws, 'name') registers one"
        raise
