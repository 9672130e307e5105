"""When a run is submitted: every input and output as JSON, and placeholders where its path will stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import PLACEHOLDER, DatasetConsumptionConfig, check_path
from aml_nb.core.data.datasets.output_config import OutputDatasetConfig
from aml_nb.core.runs.bindings import Bound
from aml_nb.core.runs.bindings.inputs import dataset_input, reference_input
from aml_nb.core.runs.bindings.outputs import described_output
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Binder:
    """Collects the inputs and outputs of one run, one a name."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.inputs: dict[str, dict[str, Any]] = {}
        self.outputs: dict[str, dict[str, Any]] = {}

    def argument(self, value: Any) -> str:
        """An argument as text; what is an input or output is collected."""
        if isinstance(value, DataReference):
            self.add(value.data_reference_name, value)
            return str(value)
        if isinstance(value, DatasetConsumptionConfig):
            return PLACEHOLDER + self.add(value.name, value)
        if isinstance(value, OutputDatasetConfig):
            self.add(value.name, value)
            return value.arg_val
        if isinstance(value, AbstractDataset):
            raise _bare(value)
        return str(value)

    def add(self, name: str, value: Any) -> str:
        """Collect an input or output of a run; returns the name by which the run knows it."""
        if isinstance(value, OutputDatasetConfig) or hasattr(value, "output_location"):
            return _keep(self.outputs, name, described_output(self.workspace, name, value), "outputs")
        if isinstance(value, AbstractDataset):
            raise _bare(value)
        if isinstance(value, DatasetConsumptionConfig) or hasattr(value, "data_location"):
            entry = dataset_input(self.workspace, name, value)
        elif isinstance(value, DataReference) or hasattr(value, "path_on_data_store"):
            check_path(value.path_on_compute)
            entry = reference_input(self.workspace, name, value)
        else:
            raise UserErrorException(
                f"A run cannot use {value!r} as the input {name!r}.", hint="dataset.as_named_input('data').as_mount()"
            )
        name = self._free(name, entry)
        entry["name"] = name
        if "shown" in entry:
            entry["shown"]["consumptionDetails"]["inputName"] = name
        return _keep(self.inputs, name, entry, "inputs")

    def _free(self, name: str, entry: Mapping[str, Any]) -> str:
        """Another name for a dataset that is used in two ways, neither of which was given a name."""
        there = self.inputs.get(name)
        if there is None or not name.startswith("input_") or there.get("id") != entry.get("id"):
            return name
        way = ("mode", "path_on_compute")
        return name if all(there[key] == entry[key] for key in way) else f"{name}_{len(self.inputs) + 1}"


def bind(workspace: Workspace, arguments: Iterable[Any] | None, *others: Any) -> Bound:
    """Collect what a run reads and writes, from its arguments and from lists and dictionaries besides."""
    binder = Binder(workspace)
    texts = [binder.argument(value) for value in arguments or ()]
    for given in others:
        for name, value in _named(given):
            binder.add(name, value)
    return Bound(texts, list(binder.inputs.values()), list(binder.outputs.values()))


def _named(given: Any) -> Iterable[tuple[str, Any]]:
    if not given:
        return []
    if isinstance(given, Mapping):
        return list(given.items())
    values = given if isinstance(given, (list, tuple, set)) else [given]
    return [(_name_of(value), value) for value in values]


def _name_of(value: Any) -> str:
    if isinstance(value, AbstractDataset):
        raise _bare(value)
    name = getattr(value, "data_reference_name", None) or getattr(value, "name", None)
    if not name:
        raise UserErrorException(
            f"A run cannot use {value!r} as an input.", hint="dataset.as_named_input('data').as_mount()"
        )
    return str(name)


def _keep(where: dict[str, dict[str, Any]], name: str, entry: dict[str, Any], what: str) -> str:
    there = where.setdefault(name, entry)
    if there != entry:
        raise UserErrorException(
            f"Two {what} of the run have the name {name!r} and are not the same.",
            hint="give each a name of its own: dataset.as_named_input('other')",
        )
    return name


def _bare(dataset: Any) -> UserErrorException:
    return UserErrorException(
        f"A dataset ({dataset.name or type(dataset).__name__}) cannot be an argument or an input of a run as it is: "
        "the run has to be told how it wants it.",
        hint="dataset.as_named_input('data'), and .as_mount() or .as_download() behind it for files",
    )
