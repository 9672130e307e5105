"""StepRun: the run of one step of a pipeline; StepRunOutput: what it wrote."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.pipelines import states
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.port_data import PortDataReference
from aml_nb.core.runs.run import Run

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord


class StepRun(Run):
    """The run of one step of a pipeline.

    Parameters
    ----------
    experiment : the experiment it belongs to.
    step_run_id : its id.
    pipeline_run_id : the run of the pipeline.
    node_id : the step's node in the pipeline.
    _service_endpoint, _is_reused, _current_node_id, _reused_run_id, _reused_node_id, _reused_pipeline_run_id : taken
        for v1's sake.
    kwargs : passed on to `Run`.

    Raises
    ------
    ServiceException : there is no such run.
    """

    RUN_TYPE = "azureml.StepRun"

    def __init__(
        self,
        experiment: Any,
        step_run_id: str,
        pipeline_run_id: str,
        node_id: str,
        _service_endpoint: Any = None,
        _is_reused: bool = False,
        _current_node_id: str | None = None,
        _reused_run_id: str | None = None,
        _reused_node_id: str | None = None,
        _reused_pipeline_run_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, step_run_id, **kwargs)
        self._pipeline_run_id = pipeline_run_id
        self._node_id = node_id

    def complete(self) -> None:  # type: ignore[override]
        """Not for steps: the step's run is completed when its script ends.

        Raises
        ------
        NotImplementedError : always.
        """
        raise NotImplementedError("Complete not supported for StepRun: it is completed when its script ends.")

    def fail(self) -> None:  # type: ignore[override]
        """Not for steps: the step's run fails when its script does.

        Raises
        ------
        NotImplementedError : always.
        """
        raise NotImplementedError("Fail not supported for StepRun: it fails when its script does.")

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Any:
        """Not for steps: only the step's script may begin children, by ``Run.get_context().child_run()``.

        Raises
        ------
        NotImplementedError : always.
        """
        raise NotImplementedError("Child run not supported for StepRun; in the script: Run.get_context().child_run().")

    @property
    def pipeline_run_id(self) -> str:
        """The id of the pipeline's run."""
        return self._pipeline_run_id

    def get_status(self) -> str:
        """The state in v1's words for steps: NotStarted, Queued, Running, Finished, Failed or Canceled."""
        return states.of_step(self._look().status)

    def get_job_log(self) -> str | None:
        """What the process that kept the step wrote; None when there is nothing."""
        path = self._folder.path / "keeper.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        return text or self.get_stdout_log()

    def get_stdout_log(self) -> str | None:
        """What the step's script printed; None when there is no log."""
        from aml_nb.core.runs import details

        names = details.log_names(self)
        return "".join(details.text(self, name) for name in names) if names else None

    def get_stderr_log(self) -> str | None:
        """The same log: both are in it, in the order in which they were written."""
        return self.get_stdout_log()

    def get_outputs(self) -> dict[str, StepRunOutput]:
        """What the step writes, by name."""
        return {
            name: StepRunOutput(self._workspace, self._pipeline_run_id, self, name, told)
            for name, told in self._outputs().items()
        }

    def get_output(self, name: Any) -> StepRunOutput:
        """One of the things that the step writes.

        Parameters
        ----------
        name : what the step calls it.

        Raises
        ------
        PipelineError : the step has no such output; the message lists those that it has.
        """
        wanted = str(getattr(name, "name", name))
        found = self.get_outputs()
        if wanted not in found:
            there = ", ".join(found) or "none"
            raise PipelineError(
                f"The step [{self.name}] has no output {wanted!r}; its outputs are: {there}.",
                hint=f"step_run.get_output_data({next(iter(found))!r})" if found else "step_run.get_details()",
            )
        return found[wanted]

    def get_output_data(self, name: Any) -> PortDataReference:
        """One of the things that the step writes, to be downloaded or to be read by another step.

        Parameters
        ----------
        name : what the step calls it.

        Raises
        ------
        PipelineError : the step has no such output; the message lists those that it has.
        """
        return self.get_output(name).get_port_data_reference()

    def wait_for_completion(  # type: ignore[override]
        self, show_output: bool = True, timeout_seconds: float = sys.maxsize, raise_on_error: bool = True
    ) -> str:
        """Wait until the step is over; returns its state.

        Parameters
        ----------
        show_output : show its log as it is written.
        timeout_seconds : give up after so long; the step goes on.
        raise_on_error : raise when it failed.

        Raises
        ------
        ActivityFailedException : it failed.
        """
        from aml_nb.core.pipelines import waiting

        return waiting.step_run(self, show_output, timeout_seconds, raise_on_error)

    def get_details_with_logs(self) -> dict[str, Any]:
        """The details with the logs' texts under ``logFiles``."""
        return super().get_details_with_logs()

    def _step(self) -> dict[str, Any]:
        return dict(self._look().payload.get("step") or {})

    def _outputs(self) -> dict[str, dict[str, Any]]:
        """Where the outputs are; the pipeline knows them before the step's record does."""
        found: dict[str, dict[str, Any]] | None = self._step().get("outputs")
        if found is not None:
            return found
        from aml_nb.core.pipelines.graph import Graph
        from aml_nb.core.pipelines.resolving import outputs_of

        pipeline = self._records.get(self._pipeline_run_id)
        told = (pipeline.payload.get("pipeline") if pipeline is not None else None) or {"graph": {"nodes": []}}
        nodes = [node for node in told["graph"]["nodes"] if node["id"] == self._node_id]
        graph = Graph.from_dict({**told["graph"], "nodes": nodes}) if nodes else Graph([])
        return {name: each for node in graph.nodes for name, each in outputs_of(node, self.id).items()}

    def _reused_from(self) -> str | None:
        """The run whose outputs it took, where it was not run again."""
        reused: str | None = self._look().properties.get("azureml.reusedrunid")
        return reused

    def _over(self) -> bool:
        """Whether the step is over and its files are all there."""
        return self._look().over and not self._folder.alive()


class StepRunOutput:
    """One of the things that a step writes.

    Parameters
    ----------
    context : the workspace.
    pipeline_run_id : the run of the pipeline.
    step_run : the run of the step.
    name : what the step calls it.
    step_output : where it is.
    """

    def __init__(self, context: Any, pipeline_run_id: str, step_run: Any, name: str, step_output: Any) -> None:
        self.context = context
        self.pipeline_run_id = pipeline_run_id
        self.step_run = step_run
        self.name = name
        self.step_output = step_output

    def get_port_data_reference(self) -> PortDataReference:
        """It as data that can be downloaded.

        Raises
        ------
        PipelineError : it is a dataset that the script linked, which may have data of anywhere.
        """
        from aml_nb.core.data.datasets.definition import Source
        from aml_nb.core.data.datasets.expansion import open_datastore

        if self.step_output["kind"] == "dataset":
            raise PipelineError(
                f"The output {self.name!r} is a dataset that the script linked.",
                hint=f"Dataset.get_by_id(ws, {self.step_output['id']!r}).download('.')",
            )
        source = Source(**self.step_output["source"])
        reference = DataReference(open_datastore(self.context, source), self.name, source.path)
        return PortDataReference(self.context, self.pipeline_run_id, reference, self.step_run)

    def __repr__(self) -> str:
        return f"StepRunOutput(name={self.name!r}, step={self.step_run.name!r})"


def of_record(experiment: Any, run_id: str, _run_dto: RunRecord) -> StepRun:
    """The StepRun of a record; what `runs.kinds` calls."""
    step = _run_dto.payload.get("step") or {}
    told = _run_dto.properties
    pipeline_run_id = step.get("pipeline_run_id") or told.get("azureml.pipelinerunid") or _run_dto.parent_id or ""
    node_id = step.get("node") or told.get("azureml.nodeid") or ""
    return StepRun(experiment, run_id, pipeline_run_id, node_id, _run_dto=_run_dto)
