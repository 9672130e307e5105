"""``FileDataset.mount``: a folder that shows the files of a dataset, of links, that can be read and not added to."""

from __future__ import annotations

import os
import tempfile
import weakref
from typing import Any, NamedTuple

from aml_nb.core.data.datasets import placing
from aml_nb.core.data.datasets.cache import cache_of
from aml_nb.errors import UserErrorException

_mounted: set[str] = set()


class MountConfig(NamedTuple):
    """What is mounted, and where; a folder of the temporary directory when ``mount_point`` is None."""

    dataset: Any
    mount_point: str | None = None


class CommonContextManager:
    """A mount: ``with`` it, or ``start()`` and ``stop()``.

    Parameters
    ----------
    config : what is mounted, and where.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._mount_point = config.mount_point and os.path.abspath(os.path.expanduser(config.mount_point))
        self._finalizer: weakref.finalize[Any, Any] | None = None

    @property
    def mount_point(self) -> str:
        """The folder."""
        if self._mount_point is None:
            self._mount_point = os.path.join(tempfile.gettempdir(), f"aml-nb-mount-{os.urandom(6).hex()}")
        return str(self._mount_point)

    def start(self) -> None:
        """Mount it.

        Raises
        ------
        UserErrorException : something is mounted there, or the folder holds files.
        DatasetExecutionError : a file vanished or cannot be read.
        """
        point = self.mount_point
        kept = self._clear(point)
        _mounted.add(point)
        self._finalizer = weakref.finalize(self, _unmount, point, kept, os.getpid())
        try:
            self._show(point)
            placing.write_protect(point)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Unmount it; nothing happens when it is not mounted."""
        if self._finalizer is not None:
            self._finalizer()
            self._finalizer = None

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self.stop()

    def _show(self, point: str) -> None:
        raise NotImplementedError

    def _clear(self, point: str) -> bool:
        """Make room; whether the folder is somebody's and stays when all is over."""
        if point in _mounted:
            raise UserErrorException(f"Something is mounted at {point} already.", hint="its stop(), or another folder")
        if not os.path.lexists(point):
            return False
        if not os.path.isdir(point) or not placing.only_links(point):
            raise UserErrorException(
                f"The mount point {point} is not empty: what is in it would be hidden.", hint="choose an empty folder"
            )
        # Only links and folders: what a killed process left of a mount of its own.
        placing.unlink(point, keep=True)
        return True


class DatasetContextManager(CommonContextManager):
    """The mount of a file dataset.

    Parameters
    ----------
    config : what is mounted, and where.
    ignore_already_mounted_error : take what is mounted there already.
    force_mount_with_allow_other : taken for v1's sake.
    """

    def __init__(
        self, config: Any, ignore_already_mounted_error: bool = False, force_mount_with_allow_other: bool = False
    ) -> None:
        super().__init__(config)
        self._ignore_mounted = ignore_already_mounted_error

    def start(self) -> None:
        """Mount it."""
        if not (self._ignore_mounted and self.mount_point in _mounted):
            super().start()

    def __enter__(self) -> DatasetContextManager:
        self.start()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self.stop()

    def _show(self, point: str) -> None:
        dataset = self._config.dataset
        placing.link(dataset._files(), point, cache_of(dataset._workspace))


class DatastoreContextManager(CommonContextManager):
    """The mount of a path on a datastore.

    Parameters
    ----------
    config : what is mounted (a DataReference or a DataPath), and where.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)

    def __enter__(self) -> DatastoreContextManager:
        self.start()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self.stop()

    def _show(self, point: str) -> None:
        from aml_nb.core.data.datasets.definition import FILE, Definition, expand
        from aml_nb.core.data.datasets.sources import read_sources

        read = read_sources(self._config.dataset)
        placing.link(expand(read.workspace, Definition(FILE, read.sources)), point, cache_of(read.workspace))


def _unmount(point: str, kept: bool, process: int) -> None:
    _mounted.discard(point)
    if os.getpid() == process and os.path.isdir(point):
        placing.unlink(point, keep=kept)
