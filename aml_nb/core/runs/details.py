"""What ``get_details`` and its kin say of a run, in v1's form."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import metrics as journal
from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.listing import descendants
from aml_nb.core.runs.metrics import Entry, Journal
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.runs.run import Run

LOGS = ("azureml-logs/", "user_logs/", "logs/", "system_logs/")
_DRAWN = ("file", "line", "first", "lines")


def details(run: Run) -> dict[str, Any]:
    """v1's dictionary; what is not known is left out."""
    record = run._look()
    payload = record.payload
    found = {
        "runId": record.run_id,
        "target": record.target,
        "status": record.status,
        "startTimeUtc": moment(record.started),
        "endTimeUtc": moment(record.ended),
        "services": payload.get("services") or {},
        "error": public_error(payload.get("error")),
        "warnings": payload.get("warnings"),
        "properties": dict(record.properties),
        "inputDatasets": _datasets(run, payload.get("input_datasets")),
        "outputDatasets": _datasets(run, payload.get("output_datasets")),
        "runDefinition": payload.get("run_definition"),
        "logFiles": {name: _address(run, name) for name in log_names(run)},
    }
    return {
        **{key: value for key, value in found.items() if value is not None},
        "submittedBy": payload.get("submitted_by"),
    }


def details_with_logs(run: Run) -> dict[str, Any]:
    """The details with the logs' texts."""
    found = details(run)
    found["logFiles"] = {name: text(run, name) for name in found["logFiles"]}
    return found


def public_error(error: dict[str, Any] | None) -> dict[str, Any] | None:
    """An error as v1 tells it: the lines of the script, which a cell and the panel draw, are in its message too."""
    if error is None or not isinstance(error.get("error"), dict):
        return error
    return {**error, "error": {key: value for key, value in error["error"].items() if key not in _DRAWN}}


def detailed_status(run: Run) -> dict[str, Any]:
    """The status with why it is so."""
    record = run._look()
    reasons = []
    if record.status == states.QUEUED:
        reasons.append(_queued(run, str(record.target)))
    error = (record.payload.get("error") or {}).get("error") or {}
    if error.get("message"):
        reasons.append(str(error["message"]))
    return {"status": record.status, "details": reasons}


def _queued(run: Run, target: str) -> str:
    from aml_nb.core.compute.pool import Pool

    waiting = Pool(run._workspace._folder, target).waiting()
    place = f", number {waiting.index(run.id) + 1} of {len(waiting)} that do" if run.id in waiting else ""
    return f"The run waits for a free node of {target}{place}."


def log_names(run: Run) -> list[str]:
    """The names of the run's logs."""
    return [name for name in run._files.names() if name.startswith(LOGS)]


def text(run: Run, name: str) -> str:
    """A log's text as it is now."""
    with run._files.open(name) as file:
        return file.read().decode("utf-8", "replace")


def fetch_logs(run: Run, destination: str | None) -> list[str]:
    """Put the run's logs in a folder; their paths."""
    base = destination if destination is not None else run.id
    return [str(run._files.fetch(name, Path(base, name))) for name in log_names(run)]


def environment(run: Run) -> Any:
    """The environment of a script's run, as it was when the run was submitted."""
    from aml_nb.core.environment import Environment

    definition = run._look().payload.get("run_definition") or {}
    described = definition.get("environment")
    if not described:
        raise UserErrorException(
            f"The run {run.id} has no environment: no script was submitted for it.",
            hint="Environment.get(ws, name)",
        )
    return Environment._from_json(described)


def clean(run: Run) -> list[str]:
    """Remove the working folder of a run that has ended."""
    if run._look().status not in states.OVER:
        raise UserErrorException(f"The run {run.id} is still going.", hint="run.wait_for_completion(), then clean()")
    work = run._folder.work
    if not work.is_dir():
        return []
    removed = sorted(str(path) for path in work.rglob("*") if path.is_file())
    run._files.collect()
    shutil.rmtree(work, ignore_errors=True)
    return removed


def metrics_of(run: Run, name: str | None, recursive: bool, run_type: str | None, populate: bool) -> dict[str, Any]:
    """What was logged to a run; by run id for the runs below it too."""
    if not recursive:
        if run_type and (run._look().run_type or "").lower() != run_type.lower():
            return {}
        return _logged(run, run.id, name, populate)
    found = {}
    for record in [run._look(), *descendants(run._workspace, run.id)]:
        if not run_type or (record.run_type or "").lower() == run_type.lower():
            found[record.run_id] = _logged(run, record.run_id, name, populate)
    return found


def moment(milliseconds: int | None) -> str | None:
    """A time as v1 writes it: UTC, with microseconds and a Z."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _datasets(run: Run, noted: Any) -> list[Any]:
    if not noted:
        return []
    from aml_nb.core.runs.bindings import shown

    return list(shown(run._workspace, noted))


def _logged(run: Run, run_id: str, name: str | None, populate: bool) -> dict[str, Any]:
    entries, _ = Journal(RunFolder(run._workspace, run_id).metrics).read()
    wanted = [entry for entry in entries if name is None or entry.name == name]
    if populate:
        wanted = [_populated(run, run_id, entry) for entry in wanted]
    return journal.summary(wanted)


def _populated(run: Run, run_id: str, entry: Entry) -> Entry:
    """The entry with what its file holds in place of the file's address; an image stays where it is."""
    if entry.kind not in journal.ARTIFACTS or entry.kind == journal.IMAGE:
        return entry
    return entry._replace(value=_content(run, run_id, str(entry.value)))


def _content(run: Run, run_id: str, address: str) -> Any:
    """What the file holds that a metric points to."""
    from aml_nb.core.runs.files import RunFiles
    from aml_nb.core.runs.pictures import name_in

    with RunFiles(run._workspace, run_id).open(name_in(address)) as file:
        return json.load(file)


def _address(run: Run, name: str) -> str:
    """Where a log can be read: a file of this machine."""
    place = run._files.place(name)
    return place.absolute().as_uri() if place else f"{run.get_portal_url()}/{name}"


def record_error(record: RunRecord) -> str | None:
    """The message of a run's error, if it has one."""
    error = (record.payload.get("error") or {}).get("error") or {}
    return str(error["message"]) if error.get("message") else None
