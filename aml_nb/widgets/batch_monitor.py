"""``BatchMonitor(run)``: how far a batch is, what failed, and a button that stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.widgets.live import LivePanel

if TYPE_CHECKING:
    from aml_nb.widgets.subject import Subject


class BatchMonitor(LivePanel):
    """Shows a batch while it goes on: how many mini-batches are done and failed, how many items a second, how long it
    will take, and of what failed the files and the line of the script. A button stops it; it can be resumed.

    As a cell's value it is a live panel, which a plain page replaces when the batch is over. In a terminal it is text.

    Parameters
    ----------
    run : the run of a pipeline with one parallel step, or the run of that step.

    Raises
    ------
    UserErrorException : that scores no mini-batches, or several steps of it do.

    Examples
    --------
    >>> BatchMonitor(experiment.submit(pipeline))  # doctest: +SKIP
    """

    def __init__(self, run: Any) -> None:
        from aml_nb.widgets.batch_subject import batch_of

        self.batch = batch_of(run)

    def _subject(self) -> Subject:
        from aml_nb.widgets.batch_subject import BatchSubject

        return BatchSubject(self.batch)
