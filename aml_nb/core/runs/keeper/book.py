"""The run's record, as its keeper changes it: opened when there is time for it."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.spec import CANCEL_FILE, STATE_FILE, RunSpec
from aml_nb.errors import StoreError

if TYPE_CHECKING:
    from aml_nb.core.runs.keeper.ending import Ending
    from aml_nb.core.runs.records import RunRecords
    from aml_nb.core.workspace import Workspace

_PATIENCE_S = 900.0


class Book:
    """Where the keeper writes down how the run is."""

    def __init__(self, folder: Path, spec: RunSpec) -> None:
        self.folder, self.spec = folder, spec
        self.begun = False
        """Whether the script was started: from then on there may be something of its own in its folder."""
        self._workspace: Workspace | None = None
        self._records: RunRecords | None = None

    @property
    def workspace(self) -> Workspace:
        """The run's workspace; opening it imports the database."""
        if self._workspace is None:
            from aml_nb.core.workspace import Workspace

            self._workspace = Workspace._open(Path(self.spec.workspace))
        return self._workspace

    @property
    def records(self) -> RunRecords:
        """The records of the workspace's runs."""
        if self._records is None:
            from aml_nb.core.runs.records import RunRecords

            self._records = RunRecords(self.workspace._store)
        return self._records

    def cancelled(self) -> bool:
        """Whether somebody wants the run to end."""
        return os.path.exists(self.folder / CANCEL_FILE)

    def state(self, **facts: Any) -> None:
        """Tell who wants to end what a killed keeper left behind; those find it without that too, on a full disk."""
        staged = self.folder / f".{STATE_FILE}"
        with suppress(OSError):
            staged.write_text(json.dumps({"pid": os.getpid(), "written": time.time(), **facts}), encoding="utf-8")
            os.replace(staged, self.folder / STATE_FILE)

    def status(self, status: str) -> bool:
        """Move the run on; False where its status does not allow it (it is being cancelled).

        That the status cannot be written at the moment, for want of room, is no reason to end a script.
        """
        try:
            return self.records.transition(self.spec.run_id, status)
        except StoreError:
            return True

    def running(self, since: float) -> None:
        """The script runs, and has since then (seconds since 1970); said when there was time to say it."""
        began = int(since * 1000)
        self.status("Running")  # unless the script has said so itself, by asking for its status

        def put(fields: dict[str, Any]) -> None:
            if fields["status"] == "Running":
                fields.update(started=began)

        with suppress(StoreError):
            self.records.change(self.spec.run_id, put)

    def end(self, ending: Ending) -> None:
        """Write down how the run ended, and wait for the disk to have room for it where it has none."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return self._end(ending)
            except StoreError:
                if time.monotonic() > until:
                    raise
                time.sleep(1)

    def _end(self, ending: Ending) -> None:
        if self.cancelled():
            from aml_nb.core.runs.ending import ask_below

            with suppress(OSError):  # those too that the script has submitted since it was cancelled
                ask_below(self.workspace, self.spec.run_id)
        if ending.warnings:
            warnings = [{"source": "run", "message": sentence} for sentence in ending.warnings]
            self.records.change(self.spec.run_id, lambda fields: fields["payload"].update(warnings=warnings))
        if ending.status == "Failed" and self.cancelled():
            ending = ending.canceled()
        if not self.records.transition(self.spec.run_id, ending.status, error=ending.error):
            self.records.transition(self.spec.run_id, "Canceled")
