"""A pipeline as JSON: what it is made of once it no longer needs the objects of the notebook.

A ``Port`` is what a step reads. Its ``source`` is one of

- ``{"kind": "step", "node": id, "output": name}``: an output of another step. Where it is read as a table or
  registered differently, ``"as"`` has how, as ``bindings/outputs.py`` describes outputs;
- ``{"kind": "dataset", "id": …, "definition": …}``: a dataset of the workspace;
- ``{"kind": "reference", "source": {"path", "datastore", "workspace"}}``: a place in a datastore;
- ``{"kind": "parameter", "parameter": name}``: a DataPath or dataset that is told when the pipeline is submitted.

An ``OutPort`` is what a step writes: ``kind`` is ``reference`` for PipelineData (``entry`` has ``source``, ``mode``,
``path_on_compute``, ``overwrite``, ``create``) and ``dataset`` for OutputFileDatasetConfig (``entry`` as
``bindings/outputs.py`` has it). Paths may have ``{run-id}`` and ``{output-name}`` in them.

Arguments are text, in which data stands as the placeholders that ``bindings`` knows, or ``{"parameter": name}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Argument = str | dict[str, str]


@dataclass(frozen=True)
class Port:
    """What a step reads.

    Attributes
    ----------
    name : what the step's run calls it.
    source : where it comes from; see above.
    consumed : ``reference`` (a path, as a DataReference is given) or ``dataset`` (as a dataset is).
    mode : ``mount``, ``download``, ``direct`` (a dataset itself), ``upload`` or ``hdfs``.
    path_on_compute, overwrite : as DataReference and DatasetConsumptionConfig have them.
    """

    name: str
    source: dict[str, Any]
    consumed: str = "reference"
    mode: str = "mount"
    path_on_compute: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class OutPort:
    """What a step writes.

    Attributes
    ----------
    name : what the step's run calls it.
    kind : ``reference`` (PipelineData) or ``dataset`` (an OutputDatasetConfig).
    entry : where it goes and how; see above.
    register : as what dataset it is registered: ``name``, ``create_new_version``, and how it is read.
    pipeline_output_name : what the pipeline calls it, where it is one of its outputs.
    training_output : which part of a training run it is: ``type``, ``iteration``, ``metric``, ``model_file``.
    """

    name: str
    kind: str
    entry: dict[str, Any]
    register: dict[str, Any] | None = None
    pipeline_output_name: str | None = None
    training_output: dict[str, Any] | None = None


@dataclass(frozen=True)
class Node:
    """One step.

    Attributes
    ----------
    id : of the node, the same for every run of the pipeline.
    name : the step's name.
    kind : which module of ``executing`` runs it.
    settings : what that module needs to know: JSON. ``{"parameter": name}`` may stand for any value in it.
    arguments : of the script.
    inputs, outputs : what it reads and writes.
    run_after : ids of nodes that have to be over before.
    allow_reuse : take the outputs of an earlier run where nothing has changed.
    target : the compute target's name.
    step_type : v1's name for the kind of step, such as ``PythonScriptStep``.
    module_id : known by content: equal for steps that do the same.
    """

    id: str
    name: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    arguments: list[Argument] = field(default_factory=list)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[OutPort] = field(default_factory=list)
    run_after: list[str] = field(default_factory=list)
    allow_reuse: bool = True
    target: str | None = None
    step_type: str = ""
    module_id: str = ""

    def before(self) -> list[str]:
        """The ids of the nodes that have to be over before this one, each once."""
        read = [port.source["node"] for port in self.inputs if port.source["kind"] == "step"]
        return list(dict.fromkeys([*read, *self.run_after]))

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Node:
        """What ``asdict`` made."""
        parts = {
            **told,
            "inputs": [Port(**p) for p in told["inputs"]],
            "outputs": [OutPort(**p) for p in told["outputs"]],
        }
        return cls(**parts)


@dataclass(frozen=True)
class Parameter:
    """What is told when a pipeline is submitted.

    Attributes
    ----------
    name : of the parameter.
    type : ``string``, ``int``, ``float``, ``bool``, ``datapath`` or ``dataset``.
    default : the value unless told: text, a number or a truth value; ``{"datastore", "path", "workspace"}``;
        or ``{"id"}`` of a dataset.
    """

    name: str
    type: str
    default: Any


@dataclass(frozen=True)
class Graph:
    """A pipeline.

    Attributes
    ----------
    nodes : the steps.
    parameters : what can be told at submission, by name.
    default_datastore : the datastore's name.
    description : of the pipeline.
    """

    nodes: list[Node]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    default_datastore: str | None = None
    description: str | None = None

    def node(self, node_id: str) -> Node:
        """The node of an id; KeyError when there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def edges(self) -> Iterator[tuple[str, str]]:
        """Pairs of ids: one node, and one that waits for it."""
        for node in self.nodes:
            for before in node.before():
                yield before, node.id

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Graph:
        """What ``to_dict`` made."""
        return cls(
            [Node.from_dict(node) for node in told["nodes"]],
            {name: Parameter(**parameter) for name, parameter in told["parameters"].items()},
            told["default_datastore"],
            told["description"],
        )

    def to_json(self) -> str:
        """As text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Graph:
        """What ``to_json`` made."""
        return cls.from_dict(json.loads(text))


def ordered(graph: Graph) -> list[Node]:
    """The nodes, each behind those that it waits for, otherwise as they stand; ValueError where they wait in a ring."""
    done: set[str] = set()
    left = list(graph.nodes)
    known = {node.id for node in graph.nodes}
    found: list[Node] = []
    while left:
        ready = next((node for node in left if all(b in done or b not in known for b in node.before())), None)
        if ready is None:
            raise ValueError(" -> ".join(ring(left)))
        left.remove(ready)
        done.add(ready.id)
        found.append(ready)
    return found


def ring(nodes: Iterable[Node]) -> list[str]:
    """The names of nodes that wait for one another, the first one again at the end; empty when there is no ring."""
    by_id = {node.id: node for node in nodes}
    finished: set[str] = set()
    for start in by_id:
        if start in finished:
            continue
        path, stack = [start], [(start, iter(by_id[start].before()))]
        while stack:
            here, rest = stack[-1]
            following = next((b for b in rest if b in by_id and b not in finished), None)
            if following is None:
                finished.add(here)
                stack.pop()
                path.pop()
            elif following in path:
                found = [*path[path.index(following) :], following]
                return [by_id[each].name for each in reversed(found)]
            else:
                path.append(following)
                stack.append((following, iter(by_id[following].before())))
    return []


def validate(graph: Graph) -> list[str]:
    """What is wrong with a pipeline, each sentence naming the step; nothing when it can run."""
    errors = [*_names(graph), *_ports(graph), *_outputs(graph)]
    circle = ring(graph.nodes)
    if circle:
        errors.append(f"The steps wait for one another in a circle: {' -> '.join(circle)}.")
    return errors


def _names(graph: Graph) -> Iterator[str]:
    seen: set[str] = set()
    for node in graph.nodes:
        if node.id in seen:
            yield f"Step [{node.name}]: it is in the pipeline twice."
        seen.add(node.id)


def _ports(graph: Graph) -> Iterator[str]:
    written = {(node.id, port.name) for node in graph.nodes for port in node.outputs}
    known = {node.id for node in graph.nodes}
    for node in graph.nodes:
        for port in node.inputs:
            source = port.source
            if sum(each.name == port.name for each in node.inputs) > 1:
                yield f"Step [{node.name}]: two of its inputs are called {port.name!r}."
            if source["kind"] == "step" and (source["node"], source["output"]) not in written:
                yield f"Step [{node.name}]: nothing in the pipeline writes its input {port.name!r}."
            if source["kind"] == "parameter" and source["parameter"] not in graph.parameters:
                yield f"Step [{node.name}]: its input {port.name!r} is a parameter that the pipeline has not."
        for before in node.run_after:
            if before not in known:
                yield f"Step [{node.name}]: it runs after a step that is not in the pipeline."


def _outputs(graph: Graph) -> Iterator[str]:
    named: dict[str, str] = {}
    for node in graph.nodes:
        seen: set[str] = set()
        reads = {port.name for port in node.inputs}
        for port in node.outputs:
            if port.name in seen:
                yield f"Step [{node.name}]: two of its outputs are called {port.name!r}."
            if port.name in reads:
                yield f"Step [{node.name}]: an input and an output are both called {port.name!r}."
            seen.add(port.name)
            public = port.pipeline_output_name
            if public and public in named:
                yield (
                    f"Step [{node.name}]: the pipeline output {public!r} is written by the step [{named[public]}] too."
                )
            if public:
                named.setdefault(public, node.name)
