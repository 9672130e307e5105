"""What a run has to show: metrics, details and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run


class Reading:
    """The methods of Run that only read."""

    def get_metrics(
        self,
        name: str | None = None,
        recursive: bool = False,
        run_type: str | None = None,
        populate: bool = False,
    ) -> dict[str, Any]:
        """What was logged, by name: one value as it is, several as a list, rows as a dictionary of columns.

        Parameters
        ----------
        name : only this metric.
        recursive : of the runs below this one too; the metrics are then by run id.
        run_type : only of runs of this type.
        populate : read the files that confusion matrices and the like point to.
        """
        from aml_nb.core.runs.details import metrics_of

        return metrics_of(self._as_run, name, recursive, run_type, populate)

    def get_details(self) -> dict[str, Any]:
        """Everything known of the run, under v1's keys."""
        from aml_nb.core.runs.details import details

        return details(self._as_run)

    def get_details_with_logs(self) -> dict[str, Any]:
        """The details with the logs' texts under ``logFiles``."""
        from aml_nb.core.runs.details import details_with_logs

        return details_with_logs(self._as_run)

    def get_all_logs(self, destination: str | None = None) -> list[str]:
        """Fetch the run's logs; returns their paths.

        Parameters
        ----------
        destination : the folder to put them in; one with the run's id unless told.
        """
        from aml_nb.core.runs.details import fetch_logs

        return fetch_logs(self._as_run, destination)

    def get_environment(self) -> Any:
        """The environment that the run's script ran in.

        Raises
        ------
        UserErrorException : the run has none: it is no script's.
        """
        from aml_nb.core.runs.details import environment

        return environment(self._as_run)

    @property
    def _as_run(self) -> Run:
        return cast("Run", self)
