"""How a container is: what Docker says, what its server answers, and why it does not."""

from __future__ import annotations

import http.client
import io
import json
import re
import signal
import tarfile
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from docker.errors import NotFound
from docker.models.containers import Container

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import containers, inside
from aml_nb.scoring.app import REVISION_HEADER
from aml_nb.scoring.config import STATE_FILE

REMOVED = "removed"
FAILED_EXIT, KILLED_EXIT = 3, 137
_ANSWER_S = 2.0
_JUST_S = 1.0
"""How long after the kernel ended a process for its memory a container's end is put down to that."""
_OK = range(200, 300)
_REVISION = re.compile(r"[0-9]{1,9}")
_ENOUGH, _MOST_TOLD = 4096, 1024 * 1024


@dataclass(frozen=True)
class Observation:
    """A container at one moment.

    ``word`` is Docker's for its state, or ``removed``. ``ready``: its server answered. ``revision`` is the one that
    answered, ``error`` why none does, or why a newer one did not start.
    """

    word: str
    ready: bool = False
    revision: int | None = None
    error: ServiceError | None = None
    started_before: bool = False
    exit_code: int | None = None
    restarts: int = 0


def observe(container: Container, submitted: int | None = None, fresh: bool = False) -> Observation:
    """Ask Docker and the server in the container.

    Parameters
    ----------
    container : it is asked anew, unless it is ``fresh``.
    submitted : the revision that ought to answer; where another one does, the reason is looked for.

    Raises
    ------
    DaemonAway
        Docker does not answer.
    """
    with clients.plainly(f"look at the container {container.name}"):
        try:
            if not fresh:
                container.reload()
        except NotFound:
            return removed(str(container.name))
        return _look(container, submitted)


def removed(name: str) -> Observation:
    """What is to be said of a container that is not there any more."""
    why = f"The container {name} was removed from outside."
    return Observation(REMOVED, error=ServiceError("container-removed", why))


def state_file(container: Container) -> dict[str, Any]:
    """What the supervisor in a container told last, also of one that has stopped; nothing where it told nothing.

    The script in the container may have put anything there.
    """
    with suppress(NotFound, ValueError, KeyError, RecursionError, tarfile.TarError):
        # The container's own client may wait for as long as building an image takes; this is a look.
        looking = clients.connect(clients.LOOK_S).api
        pieces, _ = looking.get_archive(container.id, f"{inside.SERVICE}/{STATE_FILE}")
        with tarfile.open(fileobj=io.BytesIO(_at_most(_MOST_TOLD, pieces))) as archive:
            file = archive.extractfile(STATE_FILE)
            told = json.loads(file.read()) if file is not None else None
            return told if isinstance(told, dict) else {}
    return {}


def probe(address: tuple[str, int], timeout: float = _ANSWER_S) -> tuple[bool, int | None]:
    """Whether the server at an address says that it is well, and which revision it is."""
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        connection.request("GET", "/", headers={"Host": "localhost", "Connection": "close"})
        answer = connection.getresponse()
        answer.read1(_ENOUGH)  # an image that is not ours may answer without an end
        told = answer.getheader(REVISION_HEADER)
        return answer.status in _OK, int(told) if told and _REVISION.fullmatch(told) else None
    except (OSError, http.client.HTTPException):
        return False, None
    finally:
        connection.close()


def _at_most(size: int, pieces: Iterable[bytes]) -> bytes:
    """The pieces together; ValueError where they come to more."""
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > size:
            raise ValueError(f"more than {size} bytes")
    return bytes(whole)


def _look(container: Container, submitted: int | None) -> Observation:
    state = container.attrs["State"]
    word = str(state["Status"])
    seen = Observation(
        word,
        exit_code=state.get("ExitCode"),
        restarts=int(container.attrs.get("RestartCount") or 0),
        started_before=containers.confirmed(container),
    )
    if word == "running":
        return _running(container, seen, submitted)
    if word == "created":
        return seen
    if word == "paused":
        return replace(seen, error=_paused(container))
    return replace(seen, error=_ended(container, state))


def _running(container: Container, seen: Observation, submitted: int | None) -> Observation:
    where = containers.address(container)
    ready, revision = (False, None) if where is None else probe(where)
    labelled = int(container.labels.get(inside.REVISION, 0))
    if containers.cut_off(container):
        return replace(seen, revision=labelled, error=_unreachable(container))
    if ready and (revision is None or submitted is None or revision >= submitted):
        return replace(seen, ready=True, revision=revision or labelled)
    told = _current(container, state_file(container))
    if where is None:
        ready, revision = told.get("state") == "Healthy", _number(told.get("revision"))
    return replace(seen, ready=ready, revision=revision or labelled, error=_named(container, _error(told)))


def _current(container: Container, told: dict[str, Any]) -> dict[str, Any]:
    """What was told since the container started; the file is older where it has just come back."""
    started = _seconds(container.attrs["State"].get("StartedAt", ""))
    return told if (_number(told.get("updated")) or 0) >= started else {}


def _number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else None


def _error(told: dict[str, Any]) -> ServiceError | None:
    return ServiceError.told(told.get("error"))


def _ended(container: Container, state: dict[str, Any]) -> ServiceError:
    """Why a container does not run."""
    code = state.get("ExitCode")
    if state.get("OOMKilled"):
        return _starved_or_killed(container, state)
    if state.get("Error"):
        return ServiceError("internal", f"Docker could not start the container: {state['Error']}", exit_code=code)
    if code == FAILED_EXIT and (told := _named(container, _error(state_file(container)))) is not None:
        return told
    name = container.name
    if code == KILLED_EXIT:
        why = f"The container {name} was killed from outside (SIGKILL, exit code 137)."
        return ServiceError("container-killed", why, exit_code=code)
    if code in (0, 143):
        return ServiceError("container-stopped", f"The container {name} was stopped from outside.", exit_code=code)
    return ServiceError("container-ended", f"The container {name} ended with exit code {code}.", exit_code=code)


def _starved_or_killed(container: Container, state: dict[str, Any]) -> ServiceError:
    """Docker's mark stays while a container runs: it may have lost a worker, gone on, and been killed later."""
    code = state.get("ExitCode")
    if code != KILLED_EXIT or _ran_out_of_memory(container, _seconds(state.get("FinishedAt", "")) - _JUST_S):
        return ServiceError("out-of-memory", _oom(container), exit_code=code)
    why = f"The container {container.name} was killed (SIGKILL, exit code 137): from outside, it seems; the kernel had "
    return ServiceError("container-killed", f"{why}ended a process in it for its memory before.", exit_code=code)


def _named(container: Container, error: ServiceError | None) -> ServiceError | None:
    """An error that says so where a worker was killed because the container's memory was used up."""
    if error is None or error.exit_code != -signal.SIGKILL:
        return error
    began = _seconds(container.attrs["State"].get("StartedAt", ""))
    if error.code != "out-of-memory" and not _ran_out_of_memory(container, began):
        return error
    return replace(error, code="out-of-memory", message=_oom(container))


def _ran_out_of_memory(container: Container, since: float) -> bool:
    """Whether Docker saw the kernel end a process of the container for its memory."""
    asked = {"container": [container.id], "event": ["oom"]}
    events = container.client.events(since=int(since), until=int(time.time()) + 1, filters=asked, decode=True)
    with closing(events):
        return next(iter(events), None) is not None


def _oom(container: Container) -> str:
    limit = int(container.attrs["HostConfig"].get("Memory") or 0)
    most = f"more memory than its {limit / 1024**3:g} GB" if limit else "more memory than there is"
    return f"The container {container.name} was ended by the kernel: it used {most}."


def _paused(container: Container) -> ServiceError:
    return ServiceError("container-paused", f"The container {container.name} is paused, by somebody's docker pause.")


def _unreachable(container: Container) -> ServiceError:
    why = f"The container {container.name} is in no network, so nobody reaches it"
    return ServiceError("container-cut-off", f"{why}: somebody used docker network disconnect.")


def _seconds(stamp: str) -> float:
    """Docker's time, which has more digits than Python reads."""
    head, _, rest = stamp.partition(".")
    digits = "".join(c for c in rest if c.isdigit())[:6]
    try:
        return datetime.fromisoformat(f"{head.rstrip('Z')}+00:00").timestamp() + float(f"0.{digits or 0}")
    except ValueError:
        return 0.0
