"""FileDataset: files, wherever they lie, as paths, copies or a folder that looks as if they were there."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.definition import FILE
from aml_nb.errors import NotAvailableError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
    from aml_nb.core.data.datasets.expressions import Expression
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.data.datasets.mounting import DatasetContextManager


class FileDataset(AbstractDataset):
    """Files of datastores, of this machine or of the web. Made by ``Dataset.File.from_files``."""

    _kind = FILE

    def to_path(self) -> list[str]:
        """The paths of the files: each begins with a slash and is relative to the folder that all of them share."""
        return [file.display for file in self._files()]

    def download(
        self, target_path: str | None = None, overwrite: bool = False, ignore_not_found: bool = False
    ) -> list[str]:
        """Copy the files into a folder and return where they are.

        Parameters
        ----------
        target_path : the folder; a new one in the temporary directory when left out.
        overwrite : replace files that are there already, in place of an error.
        ignore_not_found : leave out files that vanished, in place of an error.

        Raises
        ------
        UserErrorException : a file is there already, and ``overwrite`` is False.
        DatasetExecutionError : a file vanished, cannot be read, or has a name that leads out of the folder.
        """
        from aml_nb.core.data.datasets.downloading import download

        return download(self, target_path, overwrite, ignore_not_found)

    def mount(self, mount_point: str | None = None, **kwargs: Any) -> DatasetContextManager:
        """A folder that shows the files, for ``with`` or ``start()`` and ``stop()``.

        Parameters
        ----------
        mount_point : the folder, which must be empty or not there; one in the temporary directory when left out.
        kwargs : taken for v1's sake.
        """
        from aml_nb.core.data.datasets.mounting import DatasetContextManager, MountConfig

        return DatasetContextManager(MountConfig(self, mount_point))

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The dataset as an input of a run, which gets the path of a folder that shows the files."""
        return self._input().as_mount(path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The dataset as an input of a run, which gets the path of a folder with copies of the files."""
        return self._input().as_download(path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        """The dataset as an input of a run on Spark."""
        return self._input().as_hdfs()

    def skip(self, count: int) -> FileDataset:
        """All files but the first ``count``."""
        return self._then("skip", count=_count(count))

    def take(self, count: int) -> FileDataset:
        """The first ``count`` files."""
        return self._then("take", count=_count(count))

    def take_sample(self, probability: float, seed: int | None = None) -> FileDataset:
        """Each file with this probability; the same ones each time."""
        return self._then("sample", probability=_fraction(probability, "probability"), seed=_seed(seed))

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[FileDataset, FileDataset]:
        """Two datasets: about this part of the files, and the rest."""
        how = {"fraction": _fraction(percentage, "percentage"), "seed": _seed(seed)}
        return self._then("split", **how, part=0), self._then("split", **how, part=1)

    def file_metadata(self, col: str) -> Expression:
        """A property of the files for ``filter``: ``Size``, ``LastModifiedTime``, ``CreationTime``, ``Extension``."""
        from aml_nb.core.data.datasets.expressions import file_property
        from aml_nb.core.data.datasets.properties import NAMES

        if col not in NAMES:
            raise UserErrorException(f"Files have no {col!r}.", hint=f"one of {', '.join(NAMES)}")
        return file_property(col)

    def filter(self, expression: Expression) -> FileDataset:
        """The files for which a condition holds: on ``file_metadata(…)``, or on a partition key ``dataset['key']``."""
        from aml_nb.core.data.datasets.expressions import Expression

        if not isinstance(expression, Expression):
            raise UserErrorException(
                f"filter takes a condition, not {expression!r}.",
                hint="dataset.filter(dataset.file_metadata('Size') > 1024)",
            )
        return self._then("filter", expression=expression.to_dict())

    def as_cache(self, datacache_store: Any) -> Any:
        """Not available: it names a cache of the cloud."""
        raise NotAvailableError("FileDataset.as_cache() is not available in aml_nb: files are read where they are.")

    def hydrate(self, datacache_store: Any, replica_count: int | None = None) -> Any:
        """Not available: it fills a cache of the cloud."""
        raise NotAvailableError("FileDataset.hydrate() is not available in aml_nb: files are read where they are.")

    def _files(self) -> list[DataFile]:
        from aml_nb.core.data.datasets.operations import files_of

        return files_of(self._workspace, self._definition)

    def _partitioned_files(self) -> Iterable[DataFile]:
        return self._files()

    def _input(self) -> DatasetConsumptionConfig:
        from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig

        return DatasetConsumptionConfig(automatic_name(self), self)

    def _steps(self) -> list[str]:
        return [*super()._steps(), *(_WORDS[operation["do"]] for operation in self._definition.operations)]


_WORDS = {"take": "Take", "skip": "Skip", "sample": "Sample", "split": "RandomSplit", "filter": "Filter"}


def automatic_name(dataset: AbstractDataset) -> str:
    """The name of an input that was given none: it tells one dataset from another, and is the same each time."""
    import hashlib

    return "input_" + hashlib.sha256(f"{dataset.id}{dataset._definition.to_json()}".encode()).hexdigest()[:8]


def _count(count: Any) -> int:
    if isinstance(count, bool) or not hasattr(count, "__index__") or int(count) < 0:
        raise UserErrorException(f"count must be a number of files, not {count!r}.", hint="dataset.take(10)")
    return int(count)


def _fraction(value: Any, what: str) -> float:
    try:
        fraction = float(value)
    except (TypeError, ValueError):
        fraction = -1.0
    if not 0.0 <= fraction <= 1.0:
        raise UserErrorException(f"{what} must lie between 0 and 1, not {value!r}.", hint=f"{what}=0.8")
    return fraction


def _seed(seed: Any) -> int:
    """The seed; a new one when none was given, so that both parts of a split are made with the same."""
    return random.SystemRandom().randrange(1 << 31) if seed is None else int(seed)
