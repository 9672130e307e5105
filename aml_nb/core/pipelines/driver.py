"""The run of a pipeline: starts each step when what it waits for is over, side by side where it can."""

from __future__ import annotations

import tempfile
import time
import uuid
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import reuse
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.executing import STEP_RUN, Resolved, executor
from aml_nb.core.pipelines.graph import Graph, Node
from aml_nb.core.pipelines.resolving import Outputs, Scene, outputs_of, register_outputs, resolve
from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords, told
from aml_nb.core.runs.watch import look
from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from threading import Event

    from aml_nb.core.runs.run import Run

_FIRST_S, _SLOWEST_S = 0.02, 0.2
_FINISHED, _FAILED, _SKIPPED = "finished", "failed", "skipped"


def drive(run: Run, payload: dict[str, Any], cancelled: Event) -> None:
    """Run the pipeline in ``payload``: ``graph``, ``values``, ``continue_on_step_failure``, ``regenerate_outputs``.

    Raises
    ------
    PipelineError : a step failed.
    """
    with Driver(run, payload, cancelled) as driver:
        driver.go()


class Driver:
    """One pipeline run; what executors see of it is ``executing.DriverContext``."""

    def __init__(self, run: Run, payload: dict[str, Any], cancelled: Event) -> None:
        self.workspace = run.experiment.workspace
        self.experiment = run.experiment
        self.run_id = run.id
        self.graph = Graph.from_dict(payload["graph"])
        self.values: dict[str, Any] = payload["values"]
        self.cancelled = cancelled
        self._go_on = bool(payload["continue_on_step_failure"])
        self._regenerate = bool(payload["regenerate_outputs"])
        self._records = RunRecords(self.workspace._store)
        self._state: dict[str, str] = {}
        self._running: dict[str, tuple[Node, Resolved, str | None]] = {}
        self._written: dict[str, Outputs] = {}
        self._contents: dict[str, str] = {}
        self._errors: list[tuple[Node, dict[str, Any]]] = []
        self._folders: dict[str, str] = {}
        self._to_upload: dict[str, list[tuple[dict[str, Any], str]]] = {}
        self._exit = ExitStack()

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_: Any) -> None:
        self._exit.close()

    def go(self) -> None:
        """Run all steps that can be run."""
        pause = _FIRST_S
        while not self.cancelled.is_set():
            moved = self._begin_ready() | self._end_over()
            if not self._running and not moved:
                break
            pause = _FIRST_S if moved else min(pause * 1.3, _SLOWEST_S)
            if not moved:
                self.cancelled.wait(pause)
        if self.cancelled.is_set() or (self._errors and not self._go_on):
            self._stop_all()
        if self._errors and not self.cancelled.is_set():
            raise self._failure()

    def source(self, snapshot_id: str) -> str:
        """The folder with the files of a snapshot, put there when it is first asked for."""
        if snapshot_id not in self._folders:
            folder = self._scratch()
            from aml_nb.core.runs.snapshots import FILE, _files

            archive = _files(self.workspace, snapshot_id).fetch(FILE, folder / "snapshot.zip")
            target = folder / "source"
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(target)
                for entry in packed.infolist():
                    (target / entry.filename).chmod((entry.external_attr >> 16) or 0o644)
            self._folders[snapshot_id] = str(target)
        return self._folders[snapshot_id]

    def folder_of(self, resolved: Resolved, output: str) -> str:
        """A local folder with what an output is: where it lies, or one that is uploaded when the step is over."""
        from aml_nb.core.data.datasets.definition import Source
        from aml_nb.core.data.datasets.expansion import open_datastore

        place = self._place_of(resolved, output)
        local = open_datastore(self.workspace, Source(**place))._local(place["path"])
        if local is not None:
            local.parent.mkdir(parents=True, exist_ok=True)
            return str(local)
        folder = str(self._scratch() / output)
        self._to_upload.setdefault(resolved.run_id, []).append((place, folder))
        return folder

    def _place_of(self, resolved: Resolved, output: str) -> dict[str, Any]:
        from aml_nb.core.runs.bindings.outputs import place_of

        for entry in resolved.inputs:
            if entry["name"] == output and "create" in entry:
                return dict(entry["source"])
        entry = next(each for each in resolved.outputs if each["name"] == output)
        place = place_of(entry, resolved.run_id)
        return {"path": place.path, "datastore": place.datastore, "workspace": place.workspace}

    def _begin_ready(self) -> bool:
        """Start the steps that wait for nothing any more; whether anything changed."""
        moved = False
        for node in self.graph.nodes:
            if node.id in self._state or node.id in self._running:
                continue
            before = [self._state.get(each) for each in node.before()]
            if any(state in (_FAILED, _SKIPPED) for state in before):
                self._state[node.id] = _SKIPPED
                print(f"Step [{node.name}] is not run: a step that it waits for failed.")
                moved = True
            elif all(state == _FINISHED for state in before) and (self._go_on or not self._errors):
                self._begin(node)
                moved = True
            if self.cancelled.is_set():
                break
        return moved

    def _begin(self, node: Node) -> None:
        run_id = str(uuid.uuid4())
        scene = Scene(self.workspace, self.values, {n: p.type for n, p in self.graph.parameters.items()}, self._written)
        facts = {
            "run_type": STEP_RUN,
            "run_id": run_id,
            "parent": self.run_id,
            "display_name": node.name,
            "tags": None,
            "properties": self._properties(node),
        }
        try:
            resolved = resolve(scene, node, run_id, facts)
            known = reuse.key(self.workspace, node, resolved, self._contents) if node.allow_reuse else None
            if known is not None and not self._regenerate and self._reused(node, resolved, known):
                return
            print(f"Step [{node.name}] starts: run {run_id}.")
            executor(node.kind).start(self, node, resolved)
            self._note(node, run_id, {"outputs": outputs_of(node, run_id), "contents": None, "reused": None})
        except Exception as error:
            self._not_started(node, run_id, facts, error)
            return
        self._running[node.id] = (node, resolved, known)

    def _properties(self, node: Node) -> dict[str, str]:
        return {
            "azureml.runsource": STEP_RUN,
            "azureml.nodeid": node.id,
            "azureml.moduleid": node.module_id,
            "azureml.moduleName": node.name,
            "azureml.stepType": node.step_type,
            "azureml.pipelinerunid": self.run_id,
            "azureml.rootpipelinerunid": self.run_id,
            "StepType": node.step_type,
        }

    def _note(self, node: Node, run_id: str, facts: dict[str, Any]) -> None:
        """Write into the record of a step's run which step it is, and what it writes."""
        step = {"node": node.id, "name": node.name, "kind": node.kind, "pipeline_run_id": self.run_id, **facts}
        self._records.change(run_id, lambda fields: fields["payload"].update(step=step))

    def _not_started(self, node: Node, run_id: str, facts: dict[str, Any], error: Exception) -> None:
        """A step that cannot be started is a run that failed."""
        message = error.message if isinstance(error, AmlError) else f"{type(error).__name__}: {error}"
        what = told(message)
        if getattr(error, "hint", None):
            what["error"]["hint"] = error.hint  # type: ignore[attr-defined]
        if self._records.get(run_id) is None:
            self._records.create(self._record(node, run_id, facts, states.FAILED, {"error": what}))
        else:
            self._records.transition(run_id, states.FAILED, error=what)
        self._fail(node, what)

    def _record(
        self, node: Node, run_id: str, facts: dict[str, Any], status: str, payload: dict[str, Any]
    ) -> RunRecord:
        from aml_nb.core.runs.records import now
        from aml_nb.core.runs.submitting.booking import submitted_by

        step = {"node": node.id, "name": node.name, "kind": node.kind, "pipeline_run_id": self.run_id}
        return RunRecord(
            run_id=run_id,
            experiment=self.experiment.name,
            experiment_id=self.experiment.id,
            parent_id=self.run_id,
            status=status,
            started=now(),
            ended=now(),
            target=node.target,
            run_type=STEP_RUN,
            display_name=node.name,
            properties=facts["properties"],
            payload={"submitted_by": submitted_by(), **payload, "step": {**step, **payload.get("step", {})}},
        )

    def _reused(self, node: Node, resolved: Resolved, known: str) -> bool:
        """Take the outputs of an earlier run of the same step, if there is one."""
        earlier_id = reuse.recall(self.workspace, known)
        earlier = reuse.usable(self.workspace, earlier_id) if earlier_id else None
        if earlier is None:
            return False
        origin = earlier.get("reused") or earlier["run_id"]
        properties = {
            **resolved.facts["properties"],
            "azureml.isreused": "true",
            "azureml.reusedrunid": origin,
            "azureml.reusednodeid": earlier["node"],
            "azureml.reusedpipelinerunid": earlier["pipeline_run_id"],
        }
        step = {"outputs": earlier["outputs"], "contents": earlier["contents"], "reused": origin}
        payload = {key: value for key, value in self._payload_of(earlier["run_id"]).items() if key in _KEPT}
        facts = {**resolved.facts, "properties": properties}
        self._records.create(self._record(node, resolved.run_id, facts, states.COMPLETED, {**payload, "step": step}))
        self._copy_files(earlier["run_id"], resolved.run_id)
        print(f"Step [{node.name}] is not run again: nothing has changed since the run {origin}.")
        register_outputs(self.workspace, node, earlier["outputs"])
        self._finished(node, earlier["outputs"], earlier["contents"])
        return True

    def _payload_of(self, run_id: str) -> dict[str, Any]:
        record = self._records.get(run_id)
        return record.payload if record is not None else {}

    def _copy_files(self, source: str, target: str) -> None:
        """A run that stands for an earlier one shows its metrics, logs and files."""
        import shutil

        from aml_nb.core.runs.files import RunFiles
        from aml_nb.core.store.owned_files import add_files, files_of

        there, here = RunFolder(self.workspace, source), RunFolder(self.workspace, target).make()
        if there.metrics.is_file():
            shutil.copyfile(there.metrics, here.metrics)
        if there.logs.is_dir():
            shutil.copytree(there.logs, here.logs, dirs_exist_ok=True)
        store = self.workspace._store
        kept = files_of(store, RunFiles(self.workspace, source)._owner)
        with store.write() as connection:
            add_files(store, connection, RunFiles(self.workspace, target)._owner, kept)

    def _end_over(self) -> bool:
        """Take note of the steps that are over; whether there were any."""
        moved = False
        for node, resolved, known in list(self._running.values()):
            record = look(self.workspace, resolved.run_id)
            if not record.over or RunFolder(self.workspace, resolved.run_id).alive():
                continue
            moved = True
            del self._running[node.id]
            if record.status == states.COMPLETED:
                self._complete(node, resolved, known)
            else:
                word = "was cancelled" if record.status == states.CANCELED else "failed"
                self._fail(node, record.payload.get("error") or told(f"The run {resolved.run_id} {word}."))
        return moved

    def _complete(self, node: Node, resolved: Resolved, known: str | None) -> None:
        """Keep what a step wrote; then those that read it may start."""
        from aml_nb.core.runs.run import Run

        try:
            finish = getattr(executor(node.kind), "finish", None)
            if finish is not None:
                finish(self, node, Run.get(self.workspace, resolved.run_id), resolved)
            for place, folder in self._to_upload.pop(resolved.run_id, []):
                self._upload(place, folder)
            outputs = outputs_of(node, resolved.run_id, self._linked(resolved.run_id))
            contents = reuse.contents(self.workspace, outputs)
            register_outputs(self.workspace, node, outputs)
        except Exception as error:
            self._fail(node, told(error.message if isinstance(error, AmlError) else f"{type(error).__name__}: {error}"))
            return
        self._note(node, resolved.run_id, {"outputs": outputs, "contents": contents, "reused": None})
        if known is not None:
            reuse.remember(self.workspace, known, resolved.run_id)
        reuse.remember(self.workspace, node.module_id, resolved.run_id)
        self._finished(node, outputs, contents)

    def _finished(self, node: Node, outputs: Outputs, contents: dict[str, str]) -> None:
        self._state[node.id] = _FINISHED
        self._written[node.id] = outputs
        self._contents.update({f"{node.id}/{name}": content for name, content in contents.items()})

    def _linked(self, run_id: str) -> dict[str, str]:
        """Ids of the datasets that a script linked as its outputs."""
        kept = self._payload_of(run_id).get("output_datasets") or []
        return {each["outputDetails"]["outputName"]: each["dataset"]["id"] for each in kept}

    def _upload(self, place: dict[str, Any], folder: str) -> None:
        from aml_nb.core.data.datasets.definition import Source
        from aml_nb.core.data.datasets.expansion import open_datastore

        path = Path(folder)
        if not path.exists():
            return
        datastore = open_datastore(self.workspace, Source(**place))
        if path.is_dir():
            datastore.upload(str(path), place["path"], overwrite=True, show_progress=False)
        else:
            parent = place["path"].rpartition("/")[0] or None
            datastore.upload_files([str(path)], target_path=parent, overwrite=True, show_progress=False)

    def _fail(self, node: Node, error: dict[str, Any]) -> None:
        self._state[node.id] = _FAILED
        self._errors.append((node, error))
        print(f"Step [{node.name}] failed: {(error.get('error') or {}).get('message')}")

    def _failure(self) -> PipelineError:
        lines = [
            f"Step [{node.name}] failed: {(error.get('error') or {}).get('message')}" for node, error in self._errors
        ]
        skipped = [node.name for node in self.graph.nodes if self._state.get(node.id) == _SKIPPED]
        if skipped:
            lines.append(f"Not run for that: {', '.join(skipped)}.")
        hints = [(error.get("error") or {}).get("hint") for _, error in self._errors]
        first = self._errors[0][0].name
        hint = next((hint for hint in hints if hint), None)
        return PipelineError(
            "\n".join(lines), hint=hint or f"pipeline_run.find_step_run({first!r})[0].get_details_with_logs()"
        )

    def _stop_all(self) -> None:
        """End the steps that are going, and wait for them."""
        from aml_nb.core.runs.ending import ask_to_end

        for _, resolved, _ in self._running.values():
            record = self._records.get(resolved.run_id)
            if record is not None:
                ask_to_end(self.workspace, record)
        until = time.monotonic() + _GRACE_S
        while time.monotonic() < until and not all(
            look(self.workspace, resolved.run_id).over for _, resolved, _ in self._running.values()
        ):
            time.sleep(_FIRST_S)

    def _scratch(self) -> Path:
        return Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="aml-nb-pipeline-")))


_GRACE_S = 20.0
_KEPT = frozenset({"run_definition", "snapshot_id", "script", "source_directory", "input_datasets", "output_datasets"})
