"""Searches that go on from earlier ones: which may be resumed, and what they have found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.hyperdrive import children
from aml_nb.core.hyperdrive.config import MAX_PARENT_RUNS, HyperDriveConfig
from aml_nb.core.hyperdrive.error_definition import (
    ResumeChildRunsContainsDuplicate,
    ResumeChildRunsFromTooManyParentRuns,
    ResumeChildRunsNotInTerminalState,
    ResumeChildRunsWithoutParentRun,
    WarmStartRunsDontMatch,
)
from aml_nb.core.hyperdrive.generators import Point
from aml_nb.core.hyperdrive.refusals import check_type, expects, refuse
from aml_nb.core.runs import status as states

if TYPE_CHECKING:
    from aml_nb.core.hyperdrive.run import HyperDriveRun


def check(config: HyperDriveConfig) -> None:
    """Raise unless the runs that the configuration resumes fit it.

    Raises
    ------
    HyperDriveConfigException : they are of another type, have not ended, or were judged by another metric.
    """
    from aml_nb.core.hyperdrive.run import HyperDriveRun
    from aml_nb.core.runs.run import Run

    for search in config._resume_from:
        check_type("resume_from", search, HyperDriveRun)
    if len(config._resume_from) > MAX_PARENT_RUNS:
        expects("resume_from", f"at most {MAX_PARENT_RUNS} runs, got {len(config._resume_from)}")
    for child in config._resume_child_runs:
        check_type("resume_child_runs", child, Run)
    parents = _parents(config._resume_child_runs)
    for search in [*config._resume_from, *parents]:
        _check_metric(config, search)


def _parents(resumed: list[Any]) -> list[HyperDriveRun]:
    """The searches that the resumed children belong to."""
    from aml_nb.core.hyperdrive.run import HyperDriveRun

    if len({child.id for child in resumed}) < len(resumed):
        refuse(ResumeChildRunsContainsDuplicate)
    parents = {}
    for child in resumed:
        parent = child.parent
        if not isinstance(parent, HyperDriveRun):
            refuse(ResumeChildRunsWithoutParentRun, hint="list(hyperdrive_run.get_children()) has runs to resume")
        if child.get_status() not in states.OVER:
            refuse(ResumeChildRunsNotInTerminalState, state=child.get_status(), hint="wait for it, or cancel() it")
        parents[parent.id] = parent
    if len(parents) > MAX_PARENT_RUNS:
        refuse(ResumeChildRunsFromTooManyParentRuns, max_num=MAX_PARENT_RUNS, found=len(parents))
    return list(parents.values())


def _check_metric(config: HyperDriveConfig, search: HyperDriveRun) -> None:
    theirs, ours = search.hyperdrive_config._primary_metric_config, config._primary_metric_config
    if theirs != ours:
        refuse(
            WarmStartRunsDontMatch,
            obj="The primary metric and its goal",
            additional_info=f"{search.id} has {theirs['name']} ({theirs['goal']}), this one {ours['name']} "
            f"({ours['goal']}).",
        )


def known(config: HyperDriveConfig) -> list[tuple[Point, float | None]]:
    """What the searches that are resumed have tried, and what came of it."""
    found = [
        outcome
        for search in config._resume_from
        for outcome in children.outcomes(search.experiment.workspace, search.id, config._metric, config._goal)
        if outcome.best is not None or outcome.record.status == states.COMPLETED
    ]
    return [(outcome.point, outcome.best) for outcome in found if outcome.point is not None]


def resumed(config: HyperDriveConfig) -> list[tuple[Point, str]]:
    """The hyperparameters of the children that go on, each with its run's id."""
    found = []
    for child in config._resume_child_runs:
        point = children.Outcome(child._look(), None).point
        if point is None:
            expects("resume_child_runs", f"runs with the tag {children.HYPERPARAMETERS!r}, which {child.id} lacks")
        found.append((point, str(child.id)))
    return found
