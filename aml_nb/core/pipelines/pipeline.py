"""Pipeline: steps that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.building import NodeContext
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Graph, validate
from aml_nb.core.pipelines.reuse import module_id
from aml_nb.core.pipelines.sequence import StepSequence, flattened
from aml_nb.core.pipelines.step import PipelineStep
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aml_nb.core.pipelines.pipeline_run import PipelineRun


class Pipeline:
    """Steps that belong together: what one writes others read.

    Parameters
    ----------
    workspace : to run in.
    steps : the steps, also in lists and a StepSequence. Steps that these wait for belong to it too.
    description : of the pipeline.
    default_datastore : for outputs that name none; the workspace's when left out.
    default_source_directory : for steps that name none; the current folder when left out.
    resolve_closure : take the steps that the given ones wait for.
    _workflow_provider, _service_endpoint, kwargs : taken for v1's sake.

    Raises
    ------
    PipelineError : a step cannot run as it is, or steps wait for one another; the message names it.
    PipelineTypeError : something among the steps is none.

    Examples
    --------
    >>> pipeline = Pipeline(workspace=ws, steps=[prepare_step, train_step])
    >>> run = Experiment(ws, "train").submit(pipeline)
    """

    def __init__(
        self,
        workspace: Any,
        steps: Any,
        description: str | None = None,
        default_datastore: Any = None,
        default_source_directory: str | None = None,
        resolve_closure: bool = True,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
        **kwargs: Any,
    ) -> None:
        if not hasattr(workspace, "_store"):
            raise PipelineTypeError(
                f"A pipeline belongs to a workspace, not to {workspace!r}.", hint="Pipeline(workspace=ws, steps=[…])"
            )
        if not isinstance(steps, (list, tuple, StepSequence, PipelineStep)):
            raise PipelineTypeError(f"steps is a list of steps, not {steps!r}.", hint="Pipeline(ws, steps=[step])")
        self._workspace = workspace
        self._description = description
        self._default_datastore = _opened(workspace, default_datastore)
        self._default_source_directory = default_source_directory
        self._experiment_name = ""
        given = list(dict.fromkeys(flattened([steps])))
        if not given:
            raise PipelineError("A pipeline needs a step.", hint="Pipeline(ws, steps=[PythonScriptStep(…)])")
        self._steps = _closure(given) if resolve_closure else given
        _check_unique(self._steps)
        self._looked = self._graph()
        _raise(validate(self._looked))

    @property
    def graph(self) -> Any:
        """What the pipeline is made of: a Graph of nodes and edges."""
        from aml_nb.core.pipelines.node_graph import Graph

        return Graph(self._experiment_name or "pipeline", self._looked)

    def service_endpoint(self) -> str:
        """Where the pipelines of the workspace are on this machine."""
        return str((self._workspace._folder / "pipelines").absolute().as_uri())

    def validate(self) -> list[str]:
        """What is wrong with the pipeline; an empty list when it can run."""
        try:
            errors = validate(self._graph())
        except PipelineError as trouble:
            errors = [trouble.message]
        for error in errors:
            print(error)
        return errors

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Any = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        credential_passthrough: bool | None = None,
        **kwargs: Any,
    ) -> PipelineRun:
        """Submit the pipeline; it goes on without us.

        Parameters
        ----------
        experiment_name : the experiment that the run belongs to.
        pipeline_parameters : values of PipelineParameters by name.
        continue_on_step_failure : start steps that do not wait for one that failed.
        regenerate_outputs : run every step, also where nothing has changed.
        parent_run_id : the run that it is a child of.
        credential_passthrough : taken for v1's sake.
        kwargs : ``tags`` of the run.

        Raises
        ------
        PipelineError : the pipeline cannot run, or has no parameter of a name.
        """
        from aml_nb.core.runs.experiment import Experiment

        return self._submit(
            Experiment(self._workspace, experiment_name or self._experiment_name),
            tags=kwargs.pop("tags", None),
            pipeline_parameters=pipeline_parameters,
            continue_on_step_failure=continue_on_step_failure,
            regenerate_outputs=regenerate_outputs,
            parent_run_id=parent_run_id,
            **kwargs,
        )

    def publish(
        self,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> Any:
        """Publish the pipeline, so that it can be submitted over REST and on a schedule.

        Parameters
        ----------
        name : of the published pipeline.
        description, version : of it.
        continue_on_step_failure : start steps that do not wait for one that failed.
        """
        from aml_nb.core.pipelines.published import publish

        return publish(
            self._workspace,
            self._graph(keep=True),
            name,
            description or self._description,
            version,
            continue_on_step_failure,
        )

    @staticmethod
    def load_yaml(workspace: Any, filename: str, _workflow_provider: Any = None, _service_endpoint: Any = None) -> Any:
        """Not here: a pipeline is made of steps.

        Raises
        ------
        NotAvailableError : always.
        """
        raise NotAvailableError(
            f"Pipelines cannot be read from YAML here ({filename}).", hint="Pipeline(ws, steps=[PythonScriptStep(…)])"
        )

    def _set_experiment_name(self, experiment_name: str) -> None:
        """The experiment for ``submit(None)``; templates of v1's time call this."""
        self._experiment_name = experiment_name

    def _submit(
        self,
        experiment: Any,
        tags: Any = None,
        pipeline_parameters: Any = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        parent: Any = None,
        **kwargs: Any,
    ) -> PipelineRun:
        """Submit it in an experiment; what `Experiment.submit` calls."""
        from aml_nb.core.pipelines.submitting import submit_graph

        return submit_graph(
            experiment,
            self._graph(keep=True),
            assignments=pipeline_parameters,
            continue_on_step_failure=continue_on_step_failure,
            regenerate_outputs=regenerate_outputs,
            tags=tags,
            parent_run_id=parent_run_id or parent,
            description=self._description,
        )

    def _graph(self, keep: bool = False) -> Graph:
        """The pipeline as JSON; with ``keep`` its files are kept in the workspace, so that it can be submitted."""
        from dataclasses import replace

        context = NodeContext(
            self._workspace,
            self._steps,
            default_datastore=self._default_datastore,
            default_source_directory=self._default_source_directory,
            keep=keep,
        )
        nodes = [step._node(context) for step in self._steps]
        nodes = [replace(node, module_id=module_id(node)) for node in nodes]
        return Graph(nodes, context.parameters, context.default_datastore.name, self._description)

    def _repr_html_(self) -> str:
        from aml_nb.core.pipelines import picture

        return picture.as_html(self._looked)

    def __repr__(self) -> str:
        return f"Pipeline(steps={[step.name for step in self._steps]})"


def _closure(given: list[PipelineStep]) -> list[PipelineStep]:
    """The steps with those that they wait for, each behind the others."""
    found: dict[PipelineStep, None] = {}
    going: set[PipelineStep] = set()
    stack: list[tuple[PipelineStep, Any]] = []
    for step in given:
        stack.append((step, iter(step._producers())))
        going.add(step)
        while stack:
            here, rest = stack[-1]
            following = next((each for each in rest if each not in found and each not in going), None)
            if following is None:
                found.setdefault(here)
                stack.pop()
            else:
                going.add(following)
                stack.append((following, iter(following._producers())))
    return list(found)


def _check_unique(steps: Iterable[PipelineStep]) -> None:
    """No output is written by two steps."""
    from aml_nb.core.pipelines import ports

    writers: dict[int, PipelineStep] = {}
    for step in steps:
        for value in step._outputs:
            shared = ports.shared(value)
            other = writers.setdefault(id(shared), step)
            if other is not step:
                raise PipelineError(
                    f"Step [{step.name}]: its output {ports.output_name(value)!r} is written by the step "
                    f"[{other.name}] too.",
                    hint="give each step a PipelineData of its own",
                )


def _opened(workspace: Any, datastore: Any) -> Any:
    if datastore is None or hasattr(datastore, "datastore_type"):
        return datastore
    from aml_nb.core.data.datastore import Datastore

    if isinstance(datastore, str):
        return Datastore.get(workspace, datastore)
    raise PipelineTypeError(
        f"default_datastore is a datastore or its name, not {datastore!r}.", hint="ws.get_default_datastore()"
    )


def _raise(errors: list[str]) -> None:
    if errors:
        raise PipelineError("\n".join(errors), hint="look at the inputs, outputs and run_after of these steps")
