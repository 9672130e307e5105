"""The run of a parallel step: it waits for its nodes, makes its inputs ready, and has the mini-batches done.

Everything that the job needs lies in one folder, from which a later run can go on with it: the script, the inputs'
paths or rows, and the journal.
"""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel import arguments, inputs, logs, outputs, surroundings
from aml_nb.core.pipelines.parallel import settings as names
from aml_nb.core.pipelines.parallel.progress import job_folder
from aml_nb.core.runs.folder import RunFolder
from aml_nb.engines.batch import BatchSpec, BatchSummary, run_batch
from aml_nb.engines.batch.spec import ERRORS_FILE, LOGS
from aml_nb.errors import Source, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.bindings import Prepared
    from aml_nb.core.runs.run import Run

SCRIPT = "script"
OUTPUT_VARIABLE = "AZUREML_BI_OUTPUT_PATH"
"""By which v1 tells the entry script the folder of its output."""


def drive(run: Run, payload: dict[str, Any], cancelled: threading.Event) -> None:
    """Do the step's job, or what is left of it.

    Raises
    ------
    UserErrorException : it failed; the message has the lines of the user's script.
    AmlError : it could not be begun.
    """
    job = Job(run, payload, cancelled)
    with ExitStack() as stack:
        if not surroundings.nodes(run, payload, cancelled, stack):
            return
        python = surroundings.interpreter(run, payload["settings"]["environment"], cancelled)
        if python is None:
            return
        job.do(python)


class Job:
    """One session of a job.

    Parameters
    ----------
    run : the step's run.
    payload : what the executor told it.
    cancelled : set when the run is to end.
    """

    def __init__(self, run: Run, payload: dict[str, Any], cancelled: threading.Event) -> None:
        self.workspace = run.experiment.workspace
        self.run_id, self.owner = run.id, str(payload["owner"])
        self.payload, self.cancelled = payload, cancelled
        self.settings: dict[str, Any] = payload["settings"]
        self.folder = job_folder(self.workspace, self.owner)
        # A job that is resumed with another script has both: what the first one did stays as it is.
        self.script = self.folder / f"{SCRIPT}-{self.settings['source']['id']}"
        self.own = RunFolder(self.workspace, self.run_id)

    def do(self, python: str) -> None:
        """Everything after the nodes and the environment are there."""
        from aml_nb.core.data.datasets.placing import Stopped

        self.folder.mkdir(parents=True, exist_ok=True)
        logs.link(self.folder, self.own)
        surroundings.unpack(self.workspace, self.settings["source"]["id"], self.script)
        bound = inputs.beside(self.payload["bound"], self.settings)
        succeeded = False
        try:
            prepared = self._prepare(bound)
            spec = self._spec(python, prepared)
            summary = self._run(spec)
            self._tell(summary)
            succeeded = summary.status == "Completed"
            if succeeded:
                inputs.clear(self.folder)
        except Stopped:
            return
        finally:
            outputs.collect(self.workspace, bound, self.script, self.owner, self.run_id, succeeded)
        if self.payload.get("resumes"):
            from aml_nb.core.pipelines.parallel import resume

            resume.completed(self.workspace, self.run_id)

    def _prepare(self, bound: dict[str, Any]) -> Prepared:
        from aml_nb.core.runs.bindings import prepare

        return prepare(self.workspace, bound, self.script, self.owner, stopped=self.cancelled.is_set)

    def _spec(self, python: str, prepared: Prepared) -> BatchSpec:
        settings = self.settings
        target = outputs.path_of(prepared, settings["outputs"])
        place = str(target) if target is not None else None
        rows = None
        if target is not None and settings["output_action"] == names.APPEND_ROW:
            rows = target / (settings["append_row_file_name"] or names.APPEND_ROW_FILE)
            outputs.clear(target, rows.name)
        given = prepared.environment
        if target is not None:
            given = {**given, OUTPUT_VARIABLE: str(target)}
        variables = surroundings.variables(self.own, self.settings, python, given)
        source, size = inputs.source(self.workspace, self.payload["bound"], settings, self.folder, self.cancelled)
        return BatchSpec(
            source=source,
            entry_script=settings["entry_script"],
            source_directory=str(self.script),
            python=python,
            arguments=arguments.whole(prepared.arguments, settings, place),
            variables=variables,
            mini_batch_size=size,
            processes=surroundings.processes(settings),
            output_action=settings["output_action"],
            error_threshold=settings["error_threshold"],
            allowed_failed_count=settings["allowed_failed_count"],
            allowed_failed_percent=settings["allowed_failed_percent"],
            run_invocation_timeout=settings["run_invocation_timeout"] or 60,
            run_max_try=settings["run_max_try"] or 3,
            logging_level=(settings["logging_level"] or "INFO").upper(),
            output=str(rows or ""),
            output_folder=place or "",
        )

    def _run(self, spec: BatchSpec) -> BatchSummary:
        with surroundings.executor(self.workspace, self.payload["target"]) as (executor, most):
            spec = replace(spec, processes=spec.processes or most)
            return run_batch(spec, self.folder, executor=executor, tell=self._say, cancelled=self.cancelled)

    def _tell(self, summary: BatchSummary) -> None:
        """Write down how it ended; raise where it failed."""
        shown = self._in_users_words(summary)
        logs.finish(self.own, self.folder, shown, self._users)
        if summary.status == "Failed":
            error = UserErrorException(shown.message, hint=shown.hint or None)
            error.source = Source.told(shown.error)
            raise error

    def _say(self, line: str) -> None:
        print(self._users(line), flush=True)

    def _in_users_words(self, summary: BatchSummary) -> BatchSummary:
        """With the path of the script where the user has it."""
        error = dict(summary.error) if summary.error else None
        if error is not None:
            error["message"] = self._users(str(error.get("message") or ""))
            if error.get("file"):
                error["file"] = self._users(os.path.join(self.script, error["file"]))
        hint = summary.hint.replace(ERRORS_FILE, f"{LOGS}/{logs.ERRORS}")
        return replace(summary, message=self._users(summary.message), hint=hint, error=error)

    def _users(self, text: str) -> str:
        folder = str(self.settings["source"]["folder"]).rstrip(os.sep)
        for own in {str(self.script), os.path.realpath(self.script)}:
            text = text.replace(own + os.sep, folder + os.sep)
        return text
