"""TLS for a service on processes: HAProxy has its address and certificate, the supervisor a private port behind it.

A certificate belongs to a revision, and is spoken from the moment in which somebody looks and finds that this revision
serves. One that does not start leaves what the version before it spoke.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import Certificate, ServiceError, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import Backend, Front, FrontConfig, FrontError, Server, binary
from aml_nb.scoring.config import write_atomically
from aml_nb.scoring.listening import BindError

_FOLDER = "front"
_WANTED, _LOCK = "tls.json", "tls.lock"
_MOST_REQUESTS = 4096  # the workers queue and turn away themselves
_ENDED = ("Failed", "Stopped", "Stopping")


def prepare(folder: ServiceFolder, spec: ServiceSpec) -> None:
    """Make sure that a front can stand before the service, and say that one will.

    Raises
    ------
    FrontError : HAProxy is not on this machine.
    """
    if spec.certificate is not None:
        binary.find()
        os.makedirs(folder.staging / _FOLDER, mode=0o700, exist_ok=True)
        _write(folder.staging, {spec.revision: spec.certificate})


@contextmanager
def announced(folder: ServiceFolder, spec: ServiceSpec, serving: int) -> Iterator[None]:
    """Note what is to be spoken once the revision of ``spec`` serves; ``serving`` is the one that does now.

    A certificate that this one is to have at once, and that could not be had, is not tried again.

    Raises
    ------
    FrontError : HAProxy is not on this machine.
    """
    if spec.certificate is not None:
        binary.find()
    elif not _stands(folder) and not any(_wanted(folder).values()):
        yield
        return
    with _alone(folder):
        told, front = _wanted(folder), _front(folder).config
        if serving and serving not in told:  # started before certificates belonged to revisions
            told[serving] = front.certificate if front else None
        kept = {revision: certificate for revision, certificate in told.items() if revision >= serving}
        _write(folder.path, {**kept, spec.revision: spec.certificate})
    try:
        yield
    except BaseException:
        if spec.revision == serving:
            with _alone(folder):
                _write(folder.path, kept)
        raise


def stand(folder: ServiceFolder, spec: ServiceSpec, behind: ServiceStatus) -> None:
    """Have a front where ``spec``, the first revision, has a certificate, and none where it has none.

    Raises
    ------
    FrontError : HAProxy is not on this machine, or does not take the certificate.
    """
    with _alone(folder):
        _bring(folder, spec.certificate, behind)


def follow(folder: ServiceFolder, behind: ServiceStatus) -> None:
    """Speak what the revision that serves now is to speak.

    Raises
    ------
    FrontError : HAProxy is not on this machine, or does not take the certificate.
    """
    if behind.state not in _ENDED and not _is_right(folder, behind):
        with _alone(folder):
            behind = supervised.status(folder)
            if behind.state not in _ENDED and not _is_right(folder, behind):
                _bring(folder, _certificate(folder, behind), behind)


def seen(folder: ServiceFolder, behind: ServiceStatus) -> ServiceStatus:
    """How the service is for callers, who see the front; one that has gone is started again."""
    try:
        follow(folder, behind)
    except FileNotFoundError:
        return behind  # it was removed meanwhile
    except (FrontError, BindError, OSError) as error:
        return replace(behind, state="Unhealthy", port=None, scheme="https", error=_why(error))
    if not _stands(folder):
        return behind
    front = _front(folder)
    told = front.config
    if behind.state in _ENDED and told is not None:
        return replace(behind, port=front.port, scheme="https")
    if behind.port is None or told is None or told.certificate is None:
        state = "Transitioning" if behind.serving else behind.state
        return replace(behind, state=state, port=None, scheme="https")
    return replace(behind, port=front.port, scheme="https")


def end(folder: ServiceFolder) -> None:
    """Listen no more; requests that came are answered. Nobody who looks has it listen again."""
    try:
        with _alone(folder):
            (folder.path / _WANTED).unlink(missing_ok=True)
            _take_down(folder)
    except FileNotFoundError:
        _take_down(folder)


def _is_right(folder: ServiceFolder, behind: ServiceStatus) -> bool:
    """Whether callers find what they are to find; so it is nearly always, and asking costs little."""
    certificate = _certificate(folder, behind)
    if certificate is None:
        return not _stands(folder) or behind.revision not in _wanted(folder)
    front = _front(folder)
    return behind.port is None or (front.config == _config(certificate, behind.port) and front.alive())


def _bring(folder: ServiceFolder, certificate: Certificate | None, behind: ServiceStatus) -> None:
    if certificate is None:
        _take_down(folder)
    elif behind.port is not None:
        os.makedirs(folder.path / _FOLDER, mode=0o700, exist_ok=True)
        _front(folder).start(_config(certificate, behind.port))


def _certificate(folder: ServiceFolder, behind: ServiceStatus) -> Certificate | None:
    """That of the revision which serves; where it is not known, the one that is spoken."""
    wanted = _wanted(folder)
    if behind.revision in wanted:
        return wanted[behind.revision]
    told = _front(folder).config if _stands(folder) else None
    return told.certificate if told else None


def _wanted(folder: ServiceFolder) -> dict[int, Certificate | None]:
    try:
        told = json.loads((folder.path / _WANTED).read_bytes())
        return {int(revision): Certificate(**facts) if facts else None for revision, facts in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(place: Path, wanted: dict[int, Certificate | None]) -> None:
    told = {revision: certificate and asdict(certificate) for revision, certificate in wanted.items()}
    write_atomically(place / _WANTED, json.dumps(told).encode(), mode=0o600, durable=False)


@contextmanager
def _alone(folder: ServiceFolder) -> Iterator[None]:
    """Nobody else brings or ends the front meanwhile."""
    with open(folder.path / _LOCK, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stands(folder: ServiceFolder) -> bool:
    return (folder.path / _FOLDER).is_dir()


def _take_down(folder: ServiceFolder) -> None:
    if _stands(folder) or not folder.path.is_dir():  # one that was removed may leave its HAProxy
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
