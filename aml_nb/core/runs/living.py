"""The life of a run: started, waited for, completed, failed or cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states

if TYPE_CHECKING:
    from types import TracebackType

    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.records import RunRecord, RunRecords
    from aml_nb.core.runs.run import Run


class Living:
    """The methods of Run that are about its status."""

    if TYPE_CHECKING:

        @property
        def id(self) -> str: ...

        @property
        def _folder(self) -> RunFolder: ...

        @property
        def _records(self) -> RunRecords: ...

        @property
        def _run(self) -> Run: ...

        def _look(self) -> RunRecord: ...

    @property
    def status(self) -> str:
        """One of v1's words: Queued, Running, Completed, Failed…"""
        return self._look().status

    def get_status(self) -> str:
        """The status as it is now; a run whose process was killed is found out here."""
        return self._look().status

    def get_detailed_status(self) -> dict[str, Any]:
        """The status with what is known of it: why the run waits, or how it failed."""
        from aml_nb.core.runs.details import detailed_status

        return detailed_status(self)  # type: ignore[arg-type]

    def start(self) -> None:
        """Mark the run as running."""
        self._records.transition(self.id, states.RUNNING)

    def complete(self, _set_status: bool = True) -> None:
        """End the run as completed; nothing happens when it has ended already."""
        from aml_nb.core.runs.ending import end

        if _set_status:
            end(self, states.COMPLETED)  # type: ignore[arg-type]

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """End the run as failed; nothing happens when it has ended already.

        Parameters
        ----------
        error_details : what failed, as a text or the exception itself.
        error_code : a word for the kind of error.
        """
        from aml_nb.core.runs.ending import end, error_of

        if _set_status:
            end(self, states.FAILED, error_of(error_details, error_code))  # type: ignore[arg-type]

    def cancel(self) -> None:
        """End the run as cancelled, and the runs below it."""
        from aml_nb.core.runs.ending import cancel

        cancel(self)  # type: ignore[arg-type]

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the run has ended; returns its details.

        Parameters
        ----------
        show_output : show its logs as they are written.
        wait_post_processing : wait for its outputs to be kept, too; they are.
        raise_on_error : raise when it failed.

        Raises
        ------
        ActivityFailedException : it failed.
        """
        from aml_nb.core.runs.waiting import wait_for_completion

        return wait_for_completion(self, show_output, wait_post_processing, raise_on_error)  # type: ignore[arg-type]

    def clean(self) -> list[str]:
        """Remove the working folder of a run that has ended; its files and logs are kept. Returns what was removed."""
        from aml_nb.core.runs.details import clean

        return clean(self)  # type: ignore[arg-type]

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self,
        exit_type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if value is None:
            self.complete()
        else:
            self.fail(error_details=value)
