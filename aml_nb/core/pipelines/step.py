"""PipelineStep: what every kind of step is.

A kind of step is a subclass that sets ``_kind`` (by which ``executing`` finds what runs it) and overrides
``_settings``: the JSON that this needs to know.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.data.datasets.output_config import OutputDatasetConfig
from aml_nb.core.pipelines import ports
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Argument, Node, OutPort, Port
from aml_nb.core.pipelines.script_folder import check_script
from aml_nb.errors import AmlError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext


class PipelineStep:
    """One step of a pipeline. Its kinds are made, not this.

    Parameters
    ----------
    name : of the step.
    inputs : what it reads: DataReference, PipelineData, datasets as named inputs, InputPortBinding, pairs of a
        PipelineParameter and a DataPathComputeBinding.
    outputs : what it writes: PipelineData, OutputFileDatasetConfig, OutputPortBinding.
    arguments : of its script.
    fix_port_name_collisions : give inputs another name where an output has the same.
    resource_inputs : inputs that go along with the script.

    Raises
    ------
    PipelineTypeError : an input, output or argument is of another type.
    PipelineError : two outputs have one name.
    """

    _kind = ""

    def __init__(
        self,
        name: str,
        inputs: Any,
        outputs: Any,
        arguments: Any = None,
        fix_port_name_collisions: bool = False,
        resource_inputs: Any = None,
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise PipelineTypeError(
                f"A step needs a name, not {name!r}.", hint=f"{type(self).__name__}(name='prepare', …)"
            )
        self.name = name
        self.run_after_steps: list[PipelineStep] = []
        self.step_type: str = type(self).__name__
        self._node_id = uuid.uuid4().hex[:8]
        self._inputs = [*listed(self, "inputs", inputs), *listed(self, "resource_inputs", resource_inputs)]
        self._outputs = listed(self, "outputs", outputs)
        self._arguments = listed(self, "arguments", arguments)
        self._fix_port_name_collisions = bool(fix_port_name_collisions)
        self._allow_reuse = True
        self._version: str | None = None
        self._target: str | None = None
        self._check_data()
        for written in self._outputs:
            shared = ports.shared(written)
            assert shared is not None
            shared["producer"] = self

    def run_after(self, step: PipelineStep) -> None:
        """Run this step after another one, though it reads nothing of it.

        Parameters
        ----------
        step : the other one.
        """
        if not isinstance(step, PipelineStep):
            raise PipelineTypeError(
                f"Step [{self.name}] runs after a step, not after {step!r}.", hint="train_step.run_after(prepare_step)"
            )
        self.run_after_steps.append(step)

    def create_node(self, graph: Any, default_datastore: Any, context: Any) -> Any:
        """The node that this step is in a graph.

        Parameters
        ----------
        graph, default_datastore : taken for v1's sake; the context knows them.
        context : of the pipeline that is built.
        """
        return self._node(context)

    @staticmethod
    def validate_arguments(arguments: Any, inputs: Any, outputs: Any) -> None:
        """Check that what arguments name is among the inputs and outputs.

        Raises
        ------
        PipelineError : it is not.
        """
        known = [*(inputs or ()), *(outputs or ())]
        shared = [ports.shared(value) for value in known]
        for value in arguments or ():
            if isinstance(value, (DatasetConsumptionConfig, OutputDatasetConfig)) or not ports.is_input(value):
                continue
            own = ports.shared(value)
            if any(value is each or value == each for each in known):
                continue
            if own is not None and any(own is each for each in shared):
                continue
            raise PipelineError(
                f"Input/Output {value} appears in arguments list but is not in the input/output lists.",
                hint="add it to inputs= or outputs= of the step",
            )

    @staticmethod
    def resolve_input_arguments(arguments: Any, inputs: Any, outputs: Any, params: Any) -> list[Any]:
        """The arguments as text, with placeholders for what is known only when the step runs."""
        return [str(value) for value in arguments or ()]

    def create_module_def(
        self,
        execution_type: str,
        input_bindings: Any,
        output_bindings: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        module_type: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> dict[str, Any]:
        """What the step is, as a dictionary."""
        return {
            "name": self.name,
            "execution_type": execution_type,
            "inputs": [binding.name for binding in input_bindings or ()],
            "outputs": [binding.name for binding in output_bindings or ()],
            "allow_reuse": allow_reuse,
            "version": version,
        }

    def create_input_output_bindings(
        self, inputs: Any, outputs: Any, default_datastore: Any, resource_inputs: Any = None
    ) -> tuple[list[Any], list[Any]]:
        """Inputs and outputs as InputPortBinding and OutputPortBinding."""
        from aml_nb.core.pipelines.bindings import InputPortBinding, OutputPortBinding

        def read(value: Any) -> InputPortBinding:
            if isinstance(value, InputPortBinding):
                return value
            name = getattr(value, "data_reference_name", None) or getattr(value, "name", None) or "input"
            return InputPortBinding(str(name), value)

        def written(value: Any) -> OutputPortBinding:
            if isinstance(value, OutputPortBinding):
                return value
            return OutputPortBinding(ports.output_name(value), getattr(value, "datastore", None) or default_datastore)

        return [read(v) for v in [*(inputs or ()), *(resource_inputs or ())]], [written(v) for v in outputs or ()]

    def get_source_directory(self, context: Any, source_directory: Any, script_name: str | None) -> str:
        """The folder with the step's script, which has to be in it.

        Parameters
        ----------
        context : of the pipeline that is built.
        source_directory : the step's own.
        script_name : of the script.

        Raises
        ------
        PipelineError : it is not there.
        """
        folder: str = context.folder(source_directory)
        check_script(self.name, folder, script_name)
        return folder

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        """What runs the step needs to know, as JSON; PipelineParameters by ``context.value``."""
        raise NotImplementedError

    def _node(self, context: NodeContext) -> Node:
        """The node that this step is."""
        try:
            inputs: list[Port] = []
            for value in self._inputs:
                inputs += [port for port in [context.port(value)] if port not in inputs]
            outputs = [context.out(value) for value in self._outputs]
            inputs, renamed = self._distinct(inputs, outputs)
            arguments = [self._argument(context, value, inputs, outputs, renamed) for value in self._arguments]
            settings = self._settings(context)
        except AmlError as error:
            raise self._told(error) from error
        return Node(
            self._node_id,
            self.name,
            self._kind,
            settings,
            arguments,
            inputs,
            outputs,
            [context.id_of(step) for step in self.run_after_steps],
            self._allow_reuse,
            self._target,
            self.step_type,
        )

    def _producers(self) -> Iterator[PipelineStep]:
        """The steps that have to be over before this one."""
        yield from self.run_after_steps
        for value in (*self._inputs, *self._arguments):
            known = ports.shared(value)
            producer = known.get("producer") if known is not None else None
            if producer is not None and producer is not self:
                yield producer

    def _check_data(self) -> None:
        """Everything is of a type that can be, and what arguments name is among inputs and outputs."""
        for value in self._inputs:
            if isinstance(value, AbstractDataset):
                raise self._told(ports.bare(value))
            if not ports.is_input(value) and not _holds_data(value):
                raise PipelineTypeError(
                    f"Step [{self.name}]: unexpected input type {type(value).__name__}: {value!r}.",
                    hint="a DataReference, PipelineData, or dataset.as_named_input('data')",
                )
        for value in self._arguments:
            if isinstance(value, OutputDatasetConfig) and not self._writes(value):
                self._outputs.append(value)
        seen: set[str] = set()
        for value in self._outputs:
            if not ports.is_output(value):
                raise PipelineTypeError(
                    f"Step [{self.name}]: unexpected output type {type(value).__name__}: {value!r}.",
                    hint="PipelineData('result') or OutputFileDatasetConfig('result')",
                )
            name = ports.output_name(value)
            if name in seen:
                raise PipelineError(
                    f"Step [{self.name}]: two of its outputs are called {name!r}.", hint="give each a name of its own"
                )
            seen.add(name)
        try:
            self.validate_arguments(self._arguments, self._inputs, self._outputs)
        except PipelineError as error:
            raise self._told(error) from None

    def _writes(self, value: OutputDatasetConfig) -> bool:
        return any(ports.shared(each) is value._shared for each in self._outputs)

    def _told(self, error: AmlError) -> AmlError:
        """The error with the step's name; what is the user's mistake is one of v1's ValueErrors."""
        if f"Step [{self.name}]" in error.message:
            return error
        message = f"Step [{self.name}]: {error.message}"
        if isinstance(error, UserErrorException):
            kind = PipelineTypeError if isinstance(error, PipelineTypeError) else PipelineError
            return kind(message, inner_exception=error, hint=error.hint)
        error.message, error.args = message, (message, *error.args[1:])
        return error

    def _distinct(self, inputs: list[Port], outputs: list[OutPort]) -> tuple[list[Port], dict[str, str]]:
        """Inputs that have a name which an output has too get another, where that was asked for; and which did."""
        taken = {port.name for port in outputs} if self._fix_port_name_collisions else set()
        renamed = {port.name: f"INPUT_{port.name}" for port in inputs if port.name in taken}
        return [replace(port, name=renamed.get(port.name, port.name)) for port in inputs], renamed

    def _argument(
        self, context: NodeContext, value: Any, inputs: list[Port], outputs: list[OutPort], renamed: dict[str, str]
    ) -> Argument:
        """An argument; one that is an input of another name now says that."""
        if renamed and ports.is_input(value) and not any(value is written for written in self._outputs):
            name = renamed.get(context.port(value).name)
            if name is not None:
                return context.placeholder(next(port for port in inputs if port.name == name))
        return context.argument(value, inputs, outputs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


def listed(step: Any, what: str, given: Any) -> list[Any]:
    """What was given as a list; PipelineTypeError when it is none."""
    if given is None:
        return []
    if isinstance(given, (str, bytes, dict)) or not isinstance(given, Iterable):
        named = f"Step [{step.name}]: " if isinstance(step, PipelineStep) else ""
        raise PipelineTypeError(f"{named}{what} must be a list, not {given!r}.", hint=f"{what}=[…]")
    return list(given)


def _holds_data(value: Any) -> bool:
    from aml_nb.core.pipelines.parameters import PipelineParameter

    return isinstance(value, PipelineParameter)
