"""AbstractDataset: what file and tabular datasets have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition, expand
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from typing_extensions import Self

    from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
    from aml_nb.core.data.datasets.expressions import Expression
    from aml_nb.core.data.datasets.partitions import PartitionFormat
    from aml_nb.core.data.datasets.registry import Registration
    from aml_nb.core.workspace import Workspace


class Lazy:
    """A class attribute that is imported when it is asked for; the factories import the classes that have them."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return getattr(import_module(self._module), self._name)


class AbstractDataset:
    """A dataset: where data lies, how it is read and what is done with it. Made by the factories."""

    Tabular: Any = Lazy("aml_nb.core.data.datasets.tabular_factory", "TabularDatasetFactory")
    File: Any = Lazy("aml_nb.core.data.datasets.file_factory", "FileDatasetFactory")
    _kind = ""

    def __init__(self) -> None:
        self._definition = Definition(self._kind)
        self._workspace: Workspace | None = None
        self._registration: Registration | None = None

    @classmethod
    def _create(
        cls, definition: Definition, workspace: Workspace | None = None, registration: Registration | None = None
    ) -> Self:
        dataset = cls.__new__(cls)
        AbstractDataset.__init__(dataset)
        dataset._definition, dataset._workspace, dataset._registration = definition, workspace, registration
        return dataset

    def _with(self, definition: Definition) -> Self:
        """Another dataset of this class; it is registered under no name."""
        return self._create(definition, self._workspace)

    def _then(self, do: str, **named: Any) -> Self:
        return self._with(self._definition.then(do, **named))

    def __getitem__(self, key: str) -> Expression:
        """A column, or a partition key, for ``filter``."""
        from aml_nb.core.data.datasets.expressions import column

        return column(key)

    @staticmethod
    def get_by_name(workspace: Workspace, name: str, version: Any = "latest", **kwargs: Any) -> Any:
        """A registered dataset.

        Parameters
        ----------
        workspace, name : where it is registered, and as what.
        version : a number, or ``latest``.
        kwargs : taken for v1's sake.

        Raises
        ------
        UserErrorException : there is none of that name or version.
        """
        from aml_nb.core.data.datasets import registry

        return registry.get_by_name(workspace, name, version)

    @staticmethod
    def get_by_id(workspace: Workspace, id: str, **kwargs: Any) -> Any:
        """The dataset with that id, registered under a name or used by a run; UserErrorException when there is none."""
        from aml_nb.core.data.datasets import registry

        return registry.get_by_id(workspace, id)

    @staticmethod
    def get_all(workspace: Workspace) -> Mapping[str, Any]:
        """The newest version of every registered dataset, by name; each is fetched when it is asked for."""
        from aml_nb.core.data.datasets.registry import RegisteredDatasets

        return RegisteredDatasets(workspace)

    @property
    def id(self) -> str | None:
        """The id of a dataset that is registered, or was used by a run; else None."""
        return self._registration.id if self._registration else None

    @property
    def name(self) -> str | None:
        """The name under which it is registered."""
        return self._registration.name if self._registration else None

    @property
    def version(self) -> int | None:
        """The version under that name."""
        return self._registration.version if self._registration else None

    @property
    def description(self) -> str | None:
        """What it was registered with."""
        return self._registration.description if self._registration else None

    @property
    def tags(self) -> dict[str, str] | None:
        """What it was registered with."""
        return dict(self._registration.tags) if self._registration and self._registration.name else None

    @property
    def data_changed_time(self) -> datetime | None:
        """When its files were last changed; None where no file can be seen."""
        from aml_nb.core.data.datasets.properties import last_change

        return last_change(self._workspace, self._definition)

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """The dataset as an input of a run, which finds it as ``run.input_datasets[name]``.

        Raises
        ------
        UserErrorException : the name is not made of letters, digits and underscores.
        """
        from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig

        return DatasetConsumptionConfig(name, self)

    def register(
        self,
        workspace: Workspace,
        name: str,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        create_new_version: bool = False,
    ) -> Any:
        """Keep the dataset's definition under a name; its data stays where it is.

        Parameters
        ----------
        workspace, name : where, and as what.
        description, tags : kept with it.
        create_new_version : add a version where the name is there already.

        Raises
        ------
        UserErrorException : the name is taken and ``create_new_version`` is False.
        """
        from aml_nb.core.data.datasets import registry

        return registry.register(self, workspace, name, description, tags, create_new_version)

    def update(self, description: str | None = None, tags: dict[str, str] | None = None) -> Any:
        """Replace the description and the tags of this version; what is None stays."""
        from aml_nb.core.data.datasets import registry

        return registry.update(self, lambda _: tags, description)

    def add_tags(self, tags: dict[str, str] | None = None) -> Any:
        """Add tags to this version, replacing those of the same keys."""
        from aml_nb.core.data.datasets import registry

        return registry.update(self, lambda old: {**old, **(tags or {})})

    def remove_tags(self, tags: list[str] | None = None) -> Any:
        """Remove the tags with these keys from this version."""
        from aml_nb.core.data.datasets import registry

        keys = [tags] if isinstance(tags, str) else list(tags or ())
        return registry.update(self, lambda old: {key: value for key, value in old.items() if key not in keys})

    def unregister_all_versions(self) -> None:
        """Forget every version of its name; the data stays where it is."""
        from aml_nb.core.data.datasets import registry

        registry.unregister(self)

    @property
    def partition_keys(self) -> list[str]:
        """The columns that ``partition_format`` takes from the paths."""
        form = self._partitions()
        return form.keys if form else []

    def get_partition_key_values(self, partition_keys: list[str] | None = None) -> list[dict[str, Any]]:
        """Every combination of values that the partition keys have, once.

        Parameters
        ----------
        partition_keys : some of them; all when left out.

        Raises
        ------
        UserErrorException : the dataset has no partition keys, or not these.
        """
        form = self._partitions()
        if form is None:
            raise UserErrorException(
                "This dataset has no partition keys.", hint="make it with partition_format='/{country}/*.csv'"
            )
        keys = form.keys if partition_keys is None else list(partition_keys)
        unknown = [key for key in keys if key not in form.keys]
        if unknown or not keys:
            raise UserErrorException(
                f"{unknown or keys} are no partition keys of this dataset.", hint=f"it has {', '.join(form.keys)}"
            )
        every = (form.values(file.full) for file in self._partitioned_files())
        return _once({key: values[key] for key in keys} for values in every)

    def _partitions(self) -> PartitionFormat | None:
        from aml_nb.core.data.datasets.partitions import PartitionFormat

        text = self._definition.read.get("partition_format")
        return PartitionFormat(text) if text else None

    def _partitioned_files(self) -> Iterable[Any]:
        return expand(self._workspace, self._definition)

    def _steps(self) -> list[str]:
        """v1's words for what the definition does, for ``repr``."""
        first = self._definition.sources[:1]
        return ["GetDatastoreFiles" if any(source.datastore for source in first) else "GetFiles"]

    def __str__(self) -> str:
        return f"{type(self).__name__}\n{self!r}"

    def __repr__(self) -> str:
        shown = [
            f"('{source.datastore}', '{source.path}')" if source.datastore else source.public
            for source in self._definition.sources
        ]
        content: dict[str, Any] = {"source": shown, "definition": self._steps()}
        if self._registration is not None:
            content["registration"] = self._registration.shown(self._workspace)
        return json.dumps(content, indent=2, ensure_ascii=False)


def _once(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for values in found:
        seen.setdefault(tuple(values.values()), values)
    return list(seen.values())
