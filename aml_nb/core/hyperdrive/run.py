"""HyperDriveRun: a search that was submitted, its children and the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.hyperdrive import children, diagnostics
from aml_nb.core.hyperdrive.error_definition import HyperDriveNotImplemented
from aml_nb.core.hyperdrive.exceptions import HyperDriveNotImplementedException
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.refusals import check_count
from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.metrics import Journal, summary
from aml_nb.core.runs.run import Run

if TYPE_CHECKING:
    from aml_nb.core.hyperdrive.config import HyperDriveConfig

__all__ = ["HyperDriveRun", "PrimaryMetricGoal", "scrubbed_data"]
scrubbed_data = "[Scrubbed]"


class HyperDriveRun(Run):
    """A search for hyperparameters: its children are the runs of the script.

    Parameters
    ----------
    experiment : the experiment it belongs to.
    run_id : its id; the run must exist.
    hyperdrive_config : the configuration that it was submitted with; it is read back unless it is given.
    """

    RUN_TYPE = "hyperdrive"
    HYPER_DRIVE_RUN_USER_AGENT = "sdk_run_hyper_drive"

    def __init__(
        self, experiment: Any, run_id: str, hyperdrive_config: HyperDriveConfig | None = None, **kwargs: Any
    ) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self._hyperdrive_config = hyperdrive_config

    @property
    def hyperdrive_config(self) -> HyperDriveConfig:
        """The configuration of the search; of one that was read back, the script's part is missing."""
        if self._hyperdrive_config is None:
            from aml_nb.core.hyperdrive.plan import configuration

            self._hyperdrive_config = configuration(self._plan)
        return self._hyperdrive_config

    def cancel(self) -> None:
        """End the search, and all of its children."""
        super().cancel()

    def get_best_run_by_primary_metric(
        self, include_failed: bool = True, include_canceled: bool = True, include_resume_from_runs: bool = True
    ) -> Any:
        """The child that has reached most, or least, of the primary metric; None as long as none has logged a number.

        Where there is none, a line says what the children have logged instead.

        Parameters
        ----------
        include_failed, include_canceled : consider the children that have failed, or were cancelled, too.
        include_resume_from_runs : consider the children of the searches that this one takes into account, too.
        """
        own = self._outcomes()
        earlier = self._plan.get("resume_from") or [] if include_resume_from_runs else []
        found = [*own, *(outcome for run_id in earlier for outcome in self._outcomes(run_id))]
        left_out = {
            *(() if include_failed else (states.FAILED, states.NOT_RESPONDING)),
            *(() if include_canceled else (states.CANCELED, states.CANCEL_REQUESTED)),
        }
        best = children.ranked([outcome for outcome in found if outcome.record.status not in left_out], self._goal)
        if best:
            return Run.get(self._workspace, best[0].record.run_id)
        print(diagnostics.why_no_best(self._workspace, self.id, self._metric, own))
        return None

    def get_hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters of every child as JSON, by the child's id."""
        found = children.records(self._workspace, self.id)
        return {record.run_id: record.tags.get(children.HYPERPARAMETERS) for record in found}

    def get_children_sorted_by_primary_metric(
        self, top: int = 0, reverse: bool = False, discard_no_metric: bool = False
    ) -> list[dict[str, Any]]:
        """The children, the best first: ``run_id``, ``hyperparameters``, ``best_primary_metric`` and ``status``.

        Parameters
        ----------
        top : only so many; 0 for all.
        reverse : the worst first. Children that have logged no number come last in either case.
        discard_no_metric : leave those out.
        """
        check_count("top", top, 0)
        found = self._outcomes()
        ranked = children.ranked(found, self._goal)
        if reverse:
            ranked.reverse()
        rest = [] if discard_no_metric else [outcome for outcome in found if outcome.best is None]
        shown = [outcome.shown() for outcome in [*ranked, *rest]]
        return shown[:top] if top else shown

    def get_metrics(self) -> dict[str, Any]:  # type: ignore[override]
        """What every child has logged, by the child's id."""
        found = children.records(self._workspace, self.id)
        journals = {record.run_id: Journal(RunFolder(self._workspace, record.run_id).metrics) for record in found}
        return {run_id: summary(journal.read()[0]) for run_id, journal in journals.items()}

    def get_diagnostics(self) -> str:
        """How the search stands, in words: its children, the best one, and what went wrong."""
        return diagnostics.report(self._workspace, self._look(), self._metric, self._goal, self._outcomes())

    def complete(self, _set_status: bool = True) -> NoReturn:
        """Not for a search, which ends by itself.

        Raises
        ------
        HyperDriveNotImplementedException : always.
        """
        self._not_for_a_search("Complete")

    def fail(self) -> NoReturn:  # type: ignore[override]
        """Not for a search, which ends by itself.

        Raises
        ------
        HyperDriveNotImplementedException : always.
        """
        self._not_for_a_search("Fail")

    def _not_for_a_search(self, feature: str) -> NoReturn:
        message = HyperDriveNotImplemented().message_format.format(feature=feature)
        raise HyperDriveNotImplementedException(message, hint="run.cancel() ends a search and its children")

    @property
    def _plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = self._look().payload.get("hyperdrive") or {}
        return plan

    @property
    def _metric(self) -> str:
        return str(self._plan.get("metric", ""))

    @property
    def _goal(self) -> PrimaryMetricGoal:
        return PrimaryMetricGoal.from_str(self._plan.get("goal", "MAXIMIZE"))

    def _outcomes(self, run_id: str | None = None) -> list[children.Outcome]:
        return children.outcomes(self._workspace, run_id or self.id, self._metric, self._goal)
