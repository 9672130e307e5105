"""Inputs and outputs of runs: from what stands in ``arguments`` to the paths that a script is given.

``describe``  when a run is submitted: everything as JSON, with placeholders in the arguments.
``prepare``   before the script starts: data where the script finds it, its arguments and variables.
``collect``   when the script has ended: outputs to their datastores, and registered where that was wished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


@dataclass(frozen=True)
class Bound:
    """What a run reads and writes, as JSON has it.

    Parameters
    ----------
    arguments : the script's arguments as text, with placeholders for data.
    inputs, outputs : one dictionary each; ``inputs.py`` and ``outputs.py`` say what is in them.
    """

    arguments: list[str] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to prepare."""
        return bool(self.inputs or self.outputs)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Bound:
        """What ``to_dict`` made."""
        return cls(list(payload["arguments"]), list(payload["inputs"]), list(payload["outputs"]))


@dataclass(frozen=True)
class Prepared:
    """What the script gets: its arguments, and variables for its environment."""

    arguments: list[str]
    environment: dict[str, str]


def describe(
    arguments: Iterable[Any] | None,
    *,
    data_references: Any = None,
    data: Any = None,
    output_data: Any = None,
    workspace: Workspace,
) -> Bound:
    """What a run reads and writes, to be kept with it. Datasets without an id get one.

    Parameters
    ----------
    arguments : the script's arguments: text, numbers, DataReference, DatasetConsumptionConfig, OutputDatasetConfig.
    data_references : DataReference or DataReferenceConfiguration objects, a list or a dictionary by name.
    data : DatasetConsumptionConfig or Data objects (of a run configuration), a list or a dictionary by name.
    output_data : OutputDatasetConfig or OutputData objects, a list or a dictionary by name.

    Raises
    ------
    UserErrorException : a dataset stands among the arguments as it is, or two inputs have one name.
    """
    from aml_nb.core.runs.bindings.describing import bind

    return bind(workspace, arguments, data_references, data, output_data)


def prepare(
    workspace: Workspace,
    bound: Bound | Mapping[str, Any],
    work: Path,
    run_id: str | None = None,
    *,
    quote: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Prepared:
    """Put the data where the script finds it.

    Parameters
    ----------
    bound : what ``describe`` gave, or its JSON form.
    work : the working directory of the script.
    run_id : the run; the name of the folder above ``work`` when left out.
    quote : have each path stand as one word of a shell's command, whatever is in it.
    stopped : asked between two files whether the run was cancelled meanwhile.

    Raises
    ------
    UserErrorException : data that vanished, or a place that cannot be taken; the message names both.
    Stopped : the run was cancelled (``aml_nb.core.data.datasets.placing``).
    """
    bound = bound if isinstance(bound, Bound) else Bound.from_dict(bound)
    if not bound:
        return Prepared(bound.arguments, {})
    from aml_nb.core.runs.bindings.preparing import prepare_all

    return prepare_all(workspace, bound, Path(work).absolute(), run_id or Path(work).parent.name, quote, stopped)


def collect(
    workspace: Workspace,
    bound: Bound | Mapping[str, Any],
    work: Path,
    run_id: str,
    succeeded: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> list[dict[str, Any]]:
    """Bring the outputs to their datastores and register those that are to be, when the run succeeded.

    Returns what the run's payload keeps as ``output_datasets``.

    Parameters
    ----------
    stopped : asked now and then whether the run was cancelled meanwhile.

    Raises
    ------
    UserErrorException : an output cannot be uploaded or registered.
    Stopped : the run was cancelled (``aml_nb.core.data.datasets.placing``).
    """
    bound = bound if isinstance(bound, Bound) else Bound.from_dict(bound)
    if not bound:
        return []
    from aml_nb.core.runs.bindings.collecting import collect_all

    return collect_all(workspace, bound, Path(work), run_id, succeeded, stopped)


def used(bound: Bound | Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the run's payload keeps as ``input_datasets``: the ids of the datasets, and how each was consumed."""
    inputs = bound.inputs if isinstance(bound, Bound) else bound["inputs"]
    return [each["shown"] for each in inputs if each["kind"] == "dataset"]


def shown(workspace: Workspace, kept: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """``input_datasets`` or ``output_datasets`` of a payload as ``run.get_details()`` has them: Dataset objects."""
    if not kept:
        return []
    from aml_nb.core.data.datasets.registry import find

    return [{**each, "dataset": find(workspace, each["dataset"]["id"])} for each in kept]
