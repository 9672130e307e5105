"""TLS for a service on processes: HAProxy has its address and certificate, the supervisor a private port behind it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import replace

from aml_nb.engines.base import Certificate, ServiceError, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import Backend, Front, FrontConfig, FrontError, Server, binary
from aml_nb.scoring.listening import BindError

_FOLDER = "front"
_MOST_REQUESTS = 4096  # the workers queue and turn away themselves


def prepare(folder: ServiceFolder, spec: ServiceSpec) -> None:
    """Make sure that a front can stand before the service, and say that one will.

    Raises
    ------
    FrontError : HAProxy is not on this machine.
    """
    if spec.certificate is not None:
        binary.find()
        os.makedirs(folder.staging / _FOLDER, mode=0o700, exist_ok=True)


def stand(folder: ServiceFolder, spec: ServiceSpec, behind: ServiceStatus) -> None:
    """Have a front where ``spec`` has a certificate, with that certificate, and none where it has none.

    Raises
    ------
    FrontError : HAProxy is not on this machine, or does not take the certificate.
    """
    if spec.certificate is None:
        end(folder)
    elif behind.port is not None:
        os.makedirs(folder.path / _FOLDER, mode=0o700, exist_ok=True)
        _front(folder).start(_config(spec.certificate, behind.port))


def seen(folder: ServiceFolder, behind: ServiceStatus) -> ServiceStatus:
    """How the service is for callers, who see the front; one that has gone is started again."""
    if not (folder.path / _FOLDER).is_dir():
        return behind
    front = _front(folder)
    told = front.config
    if behind.port is None or told is None or told.certificate is None:
        state = "Transitioning" if behind.serving else behind.state
        return replace(behind, state=state, port=None, scheme="https")
    if behind.state in ("Failed", "Stopped", "Stopping"):
        return replace(behind, port=front.port, scheme="https")
    wanted = _config(told.certificate, behind.port)
    try:
        if told != wanted or not front.alive():
            front.start(wanted)
    except (FrontError, BindError, OSError) as error:
        return replace(behind, state="Unhealthy", port=None, scheme="https", error=_why(error))
    return replace(behind, port=front.port, scheme="https")


def end(folder: ServiceFolder) -> None:
    """Listen no more; requests that came are answered."""
    if (folder.path / _FOLDER).is_dir() or not folder.path.is_dir():  # one that was removed may leave its HAProxy
        with suppress(FrontError):
            _front(folder).stop()
        shutil.rmtree(folder.path / _FOLDER, ignore_errors=True)


def _front(folder: ServiceFolder) -> Front:
    return Front(folder.path / _FOLDER)


def _config(certificate: Certificate, port: int) -> FrontConfig:
    server = Server("supervisor", "127.0.0.1", port, _MOST_REQUESTS)
    return FrontConfig((Backend("service", (server,)),), certificate=certificate)


def _why(error: Exception) -> ServiceError:
    report = getattr(error, "report", None) or {"code": "front", "message": str(error)}
    return ServiceError(str(report["code"]), f"The address of the service cannot be had: {report['message']}")
