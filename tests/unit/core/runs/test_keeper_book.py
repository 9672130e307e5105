"""What the keeper of a run does when it cannot write down how the run is."""

from __future__ import annotations

import time
from typing import Any

import pytest

from aml_nb.core.runs import ending
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.keeper.finalizing import finalize
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.submitting.booking import spec_of
from aml_nb.core.store.errors import full


@pytest.fixture
def book(experiment: Experiment) -> Book:
    """The book of a submitted run whose script has written a model."""
    workspace = experiment.workspace
    record = RunRecord("of-a-script", experiment.name, experiment.id, status="Starting")
    RunRecords(workspace._store).create(record)
    folder = RunFolder(workspace, record.run_id)
    (folder.work / "outputs").mkdir(parents=True)
    (folder.work / "outputs" / "model.pkl").write_text("weights")
    return Book(folder.path, spec_of(workspace, record, "script"))


def test_a_full_disk_ends_no_script(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    move = RunRecords.transition

    def transition(records: RunRecords, run_id: str, status: str, **options: Any) -> bool:
        if status != "Completed":
            raise full("the workspace")
        return move(records, run_id, status, **options)

    monkeypatch.setattr(RunRecords, "transition", transition)
    (book.folder / ".keeper.json").mkdir()  # nothing can be written there
    book.state(groups=[1])
    book.running(time.time())
    book.end(finalize(book.folder, book.spec, book, Ending.completed(), 0))
    record = book.records.get("of-a-script")
    assert record is not None and record.status == "Completed"
    assert RunFiles(book.workspace, "of-a-script").names() == ["outputs/model.pkl"]
    assert not (book.folder / "work").exists()


def test_what_a_cancelled_script_submitted_meanwhile_is_told_to_end_as_well(book: Book) -> None:
    workspace = book.workspace
    ending.ask_to_end(workspace, book.records.get("of-a-script"))  # type: ignore[arg-type]
    parts = {"experiment": "e", "experiment_id": "e", "status": "Queued"}
    book.records.create(RunRecord("late", parent_id="of-a-script", **parts))
    book.records.create(RunRecord("below", parent_id="late", **parts))
    for name in ("late", "below"):
        RunFolder(workspace, name).make()
    book.end(Ending.canceled())
    for name, status in {"of-a-script": "Canceled", "late": "CancelRequested", "below": "CancelRequested"}.items():
        record = book.records.get(name)
        assert record is not None and record.status == status
        assert (RunFolder(workspace, name).path / "cancel").exists()
