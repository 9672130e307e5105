"""``RunDetails(run).show()``: a run as it goes on, in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.display.run_facts import RunFacts
    from aml_nb.widgets.showing import Showing


class RunDetails:
    """Shows a run: its state, metrics, images, children and logs.

    In a notebook the panel is live and the cell does not wait: it follows the run until it is over, and then
    leaves a plain table in the cell, which stays in the saved notebook. Elsewhere the run is shown as it stands.

    Parameters
    ----------
    run_instance : the run; of any type, interactive or submitted.

    Raises
    ------
    UserErrorException : that is no run.
    """

    def __init__(self, run_instance: Any) -> None:
        from aml_nb.core.runs.run import Run

        if not isinstance(run_instance, Run):
            raise UserErrorException(
                f"RunDetails shows a run, not {type(run_instance).__name__}.",
                hint="RunDetails(experiment.submit(config)).show()",
            )
        self._run = run_instance
        self._showing: Showing | None = None

    def show(self, render_lib: Any = None, widget_settings: dict[str, Any] | None = None) -> None:
        """Show the run where the cell's output is.

        Parameters
        ----------
        render_lib : taken as v1 takes it; there is one way to draw here.
        widget_settings : taken as v1 takes it.
        """
        from aml_nb.widgets.run_subject import RunSubject
        from aml_nb.widgets.showing import Showing

        if self._showing is not None:
            self._showing.stop()
        self._showing = Showing(RunSubject(self._facts()))
        self._showing.show()

    def get_widget_data(self, widget_settings: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the panel shows, as v1's dictionary."""
        from aml_nb.widgets.data import widget_data

        return widget_data(self._facts(), dict(widget_settings or {}))

    def _facts(self) -> RunFacts:
        from aml_nb.display.run_facts import RunFacts

        facts = RunFacts(self._run.experiment.workspace, self._run.id)
        facts.refresh()
        return facts
