"""PipelineRun: the run of a pipeline."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import states
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Graph
from aml_nb.core.runs.run import Run

if TYPE_CHECKING:
    from aml_nb.core.pipelines.port_data import PortDataReference
    from aml_nb.core.pipelines.step_run import StepRun

_STEP_RUN = "azureml.StepRun"


class PipelineRun(Run):
    """The run of a pipeline. Its steps' runs are its children.

    Parameters
    ----------
    experiment : the experiment it belongs to.
    run_id : its id.
    _service_endpoint : taken for v1's sake.
    kwags : passed on to `Run`.

    Raises
    ------
    ServiceException : there is no such run.
    PipelineTypeError : the run is no pipeline's.
    """

    RUN_TYPE = "azureml.PipelineRun"

    def __init__(self, experiment: Any, run_id: str, _service_endpoint: Any = None, **kwags: Any) -> None:
        super().__init__(experiment, run_id, **kwags)
        record = kwags.get("_run_dto") or self._look()
        if (record.run_type or "").lower() != self.RUN_TYPE.lower():
            raise PipelineTypeError(
                f"The run {run_id} is no pipeline run but {record.run_type or 'an interactive run'}.",
                hint=f"Run.get(ws, {run_id!r})",
            )

    def get_tags(self) -> dict[str, Any]:
        """The tags as they are now."""
        return super().get_tags()

    def complete(self) -> None:  # type: ignore[override]
        """Not for pipelines: the run is completed when its steps are over.

        Raises
        ------
        NotImplementedError : always.
        """
        raise NotImplementedError("Complete not supported for PipelineRun: it is completed when its steps are.")

    def fail(self) -> None:  # type: ignore[override]
        """Not for pipelines: the run fails when a step does.

        Raises
        ------
        NotImplementedError : always.
        """
        raise NotImplementedError("Fail not supported for PipelineRun: it fails when a step does; cancel() ends it.")

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Any:
        """Not for pipelines: the children are the steps.

        Raises
        ------
        NotImplementedError : always.
        """
        raise NotImplementedError("Child run not supported for PipelineRun: its children are its steps.")

    def get_graph(self) -> Any:
        """What the pipeline is made of: a Graph of nodes and edges."""
        from aml_nb.core.pipelines import node_graph

        record = self._look()
        return node_graph.Graph(record.display_name or record.experiment, self._graph())

    def get_status(self) -> str:
        """The state in v1's words for pipelines: NotStarted, Running, Finished, Failed or Canceled."""
        return states.of_pipeline(self._look().status)

    def publish_pipeline(
        self,
        name: str,
        description: str | None,
        version: str | None,
        continue_on_step_failure: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """Publish the pipeline of this run, so that it can be submitted over REST and on a schedule.

        Where a parallel step was gone on with by a mended script, it is published with that one.

        Parameters
        ----------
        name, description, version : of the published pipeline.
        continue_on_step_failure : start steps that do not wait for one that failed.
        kwargs : taken for v1's sake.
        """
        from aml_nb.core.pipelines.parallel.mending import mended
        from aml_nb.core.pipelines.published import publish

        graph = mended(self._workspace, self.id, self._graph())
        return publish(self._workspace, graph, name, description, version, continue_on_step_failure)

    def find_step_run(self, name: str) -> list[StepRun]:
        """The runs of the steps of that name; an empty list when none of them has begun.

        Parameters
        ----------
        name : of the step.
        """
        return [step for step in self._steps_by_time() if step._step().get("name", step.name) == name]

    def get_pipeline_output(self, pipeline_output_name: str) -> PortDataReference:
        """What the pipeline writes under a name of its own.

        Parameters
        ----------
        pipeline_output_name : as PipelineData was told.

        Raises
        ------
        PipelineError : the pipeline has no such output, or its step has not begun.
        """
        named = {
            p.pipeline_output_name: (n, p) for n in self._graph().nodes for p in n.outputs if p.pipeline_output_name
        }
        if pipeline_output_name not in named:
            raise PipelineError(
                f"The pipeline has no output {pipeline_output_name!r}; its outputs are: {', '.join(named) or 'none'}.",
                hint="PipelineData('model', pipeline_output_name='model')",
            )
        node, port = named[pipeline_output_name]
        for step in self.get_steps():
            if step._node_id == node.id:
                return step.get_output_data(port.name)
        raise PipelineError(
            f"The step [{node.name}], which writes {pipeline_output_name!r}, has not begun.",
            hint="pipeline_run.wait_for_completion()",
        )

    def wait_for_completion(  # type: ignore[override]
        self, show_output: bool = True, timeout_seconds: float = sys.maxsize, raise_on_error: bool = True
    ) -> str:
        """Wait until the pipeline is over; returns its state.

        Parameters
        ----------
        show_output : show the states and the logs of its steps.
        timeout_seconds : give up after so long; the pipeline goes on.
        raise_on_error : raise when it failed.

        Raises
        ------
        ActivityFailedException : a step failed; the message names it.
        """
        from aml_nb.core.pipelines import waiting

        return waiting.pipeline(self, show_output, timeout_seconds, raise_on_error)

    def cancel(self) -> None:
        """End the pipeline and its steps."""
        super().cancel()

    def get_steps(self) -> Iterator[StepRun]:
        """The runs of the steps that have begun, newest first."""
        return self.get_children(type=_STEP_RUN)

    def save(self, path: str | None = None) -> str:
        """Write the pipeline as YAML to a file; returns the text.

        Parameters
        ----------
        path : the file, or the folder to make ``pipeline.yml`` in; the current one when left out.
        """
        from aml_nb.core.pipelines.published_yaml import save

        record = self._look()
        return save(self._graph(), path, record.display_name or record.experiment, record.description)

    @staticmethod
    def get_pipeline_runs(workspace: Any, pipeline_id: str, _service_endpoint: Any = None) -> list[PipelineRun]:
        """The runs of a published pipeline, newest first.

        Parameters
        ----------
        workspace, pipeline_id : where it is published, and as what.
        """
        from aml_nb.core.runs import kinds
        from aml_nb.core.runs.listing import experiment_of
        from aml_nb.core.runs.records import RunRecords

        wanted = {"azureml.pipelineid": str(pipeline_id)}
        found = RunRecords(workspace._store).find(run_type=PipelineRun.RUN_TYPE, properties=wanted)
        return [kinds.make(experiment_of(workspace, each), each) for each in found]  # type: ignore[misc]

    @staticmethod
    def get(workspace: Any, run_id: str, _service_endpoint: Any = None) -> PipelineRun:
        """The pipeline run of an id.

        Parameters
        ----------
        workspace, run_id : where it is, and which.

        Raises
        ------
        ServiceException : there is no such run.
        PipelineTypeError : the run is no pipeline's.
        """
        from aml_nb.core.runs.listing import get

        found = get(workspace, run_id)
        return found if isinstance(found, PipelineRun) else PipelineRun(found.experiment, run_id)

    def _graph(self) -> Graph:
        """The pipeline as it was submitted."""
        return Graph.from_dict(self._look().payload["pipeline"]["graph"])

    def _repr_html_(self) -> str:
        from aml_nb.core.pipelines import picture

        return super()._repr_html_() + picture.as_html(self._graph(), self._states())

    def _steps_by_time(self) -> list[StepRun]:
        """The runs of the steps that have begun, oldest first."""
        return list(reversed(list(self.get_steps())))

    def _states(self) -> dict[str, str]:
        """The state of each node, by its id: v1's words, ``NotStarted`` where nothing has begun, or ``Reused``."""
        found = {node.id: states.NOT_STARTED for node in self._graph().nodes}
        for step in self._steps_by_time():
            found[step._node_id] = "Reused" if step._reused_from() else step.get_status()
        return found

    def _over(self) -> bool:
        """Whether the run is over, and the process that drove it has let go."""
        return self._look().over and not self._folder.alive()
