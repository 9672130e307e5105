"""DaskCompute: the scheduler of a Dask cluster that is attached; v1 has no such target."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

from aml_nb.core import names
from aml_nb.core.compute.configuration import ComputeTargetAttachConfiguration
from aml_nb.core.compute.places import Place
from aml_nb.core.compute.record import new_record, records
from aml_nb.core.compute.target import ComputeTarget, _existing, from_record
from aml_nb.errors import ComputeTargetException, NameTakenError

__all__ = ["DaskAttachConfiguration", "DaskCompute"]

_SCHEMES = ("tcp", "tls", "ws", "wss")
_SECONDS = 3.0


class DaskAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which scheduler.

    Parameters
    ----------
    address : where it listens, such as ``tcp://10.0.0.4:8786``.
    """

    def __init__(self, address: str) -> None:
        super().__init__(DaskCompute)
        self.address = address
        self.validate_configuration()

    def validate_configuration(self) -> None:
        if _host_and_port(self.address) is None:
            raise ComputeTargetException(
                f"{self.address!r} is no address of a Dask scheduler.",
                hint='DaskCompute.attach_configuration("tcp://127.0.0.1:8786"); `dask scheduler` prints its address',
            )


class DaskCompute(ComputeTarget):
    """The scheduler of a Dask cluster. A run on it is a task of one of its workers.

    The workers share this machine's file system, or one that is mounted at the same place on all of them: the run's
    folder is there, and so is the Python environment.

    Parameters
    ----------
    workspace : the workspace.
    name : its name.

    Raises
    ------
    ComputeTargetException
        There is none of that name.
    """

    _compute_type = "Dask"

    def _take_own(self, own: dict[str, Any]) -> None:
        self.address: str = own["address"]

    @staticmethod
    def attach_configuration(address: str) -> DaskAttachConfiguration:
        """A scheduler to be attached by ``ComputeTarget.attach``.

        Parameters
        ----------
        address : where it listens, such as ``tcp://10.0.0.4:8786``.

        Raises
        ------
        ComputeTargetException
            That is no such address.
        """
        return DaskAttachConfiguration(address)

    @classmethod
    def _attach(cls, workspace: Any, name: str, config: Any) -> Any:
        names.check("compute", name)
        _require_answer(config.address)
        record = new_record(workspace, name, cls._compute_type, {}, {"address": config.address})
        record["properties"]["isAttachedCompute"] = True
        try:
            records(workspace).create(name, record)
        except NameTakenError:
            return _existing(workspace, name, cls)
        return from_record(workspace, record)

    def _place(self) -> Place:
        self.refresh_state()
        _require_answer(self.address)
        return Place("dask", self.name, self.address, 1)

    def detach(self) -> None:
        """Let the scheduler go; it and its workers stay as they are.

        Raises
        ------
        ComputeTargetException
            It is gone already.
        """
        self.delete()

    def __repr__(self) -> str:
        return super().__repr__()


def _host_and_port(address: Any) -> tuple[str, int] | None:
    try:
        parts = urlsplit(address)
        found = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError):
        return None
    host, port = found
    return (host, port) if parts.scheme in _SCHEMES and host and port else None


def _require_answer(address: str) -> None:
    """That somebody listens; a look that takes no time, for Dask itself would be loaded for seconds."""
    found = _host_and_port(address)
    try:
        with socket.create_connection(found or ("", 0), timeout=_SECONDS):
            pass
    except OSError as error:
        raise ComputeTargetException(
            f"No Dask scheduler answers at {address}: {error.strerror or error}.",
            hint="dask scheduler, and dask worker ADDRESS on each machine",
        ) from error
