"""Showing the iterations of a search as they end: the driver's log, without the words around other runs' logs."""

from __future__ import annotations

from typing import Any

from aml_nb.core.runs.waiting import _Stream
from aml_nb.errors import ExperimentExecutionException


def follow(run: Any) -> None:
    """Show the log until the run is over.

    Raises
    ------
    ExperimentExecutionException : it was interrupted; the run goes on.
    """
    try:
        _Plain(run._folder.logs).follow(run)
    except KeyboardInterrupt:
        raise ExperimentExecutionException(
            "The output streaming for the run interrupted.\nBut the run is still executing on the compute target.",
            hint="run.cancel() ends it; run.wait_for_completion(show_output=True) shows it again",
        ) from None


class _Plain(_Stream):
    def _begin(self, name: str) -> None:
        self._name, self._offset = name, 0
        self._shown.add(name)
