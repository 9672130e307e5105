"""What the server in a container keeps for the workspace: its figures, its insights, the data that its model sees.

It writes below SPOOL there. Whoever fetches has the spool renamed to a batch, puts what is in it into the workspace
and then has the batch removed, so that one that is killed loses nothing. A batch that was put in is remembered, so
that it is not put in again.
"""

from __future__ import annotations

import fcntl
import io
import json
import re
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from docker.errors import DockerException, NotFound
from docker.models.containers import Container

from aml_nb.engines import collecting
from aml_nb.engines.docker import inside
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.folder import ServiceFolder
from aml_nb.scoring import history
from aml_nb.scoring.collecting import csv_file
from aml_nb.scoring.config import write_atomically
from aml_nb.scoring.history import HISTORY_FILE, ROOM, History, Second
from aml_nb.scoring.insights import KINDS
from aml_nb.scoring.lines_file import LinesFile

_INSIGHTS = re.compile(rf"insights/({'|'.join(KINDS)})\.jsonl(?:\.(\d))?")
_PARTS_OF_DATA = 12
_TAKEN = "told.json"
_LOCK = ".told.lock"
_MOST_REMEMBERED = 100
_MOST_TOLD = 512 * 1024 * 1024
_TAKE = """
import os, shutil, sys, time
spool, batch, *done = sys.argv[1:]
for old in done:
    shutil.rmtree(spool + "." + old, ignore_errors=True)
if batch and os.path.isdir(spool):
    os.rename(spool, spool + "." + batch)
    time.sleep(0.02)  # for whoever is writing
place, name = os.path.split(spool)
if os.path.isdir(place):
    print(*(found for found in os.listdir(place) if found.startswith(name + ".")))
"""


def fetch(container: Container, folder: ServiceFolder) -> None:
    """Put what a running container has for the workspace there. One process at a time does so.

    Raises
    ------
    DockerException, OSError : it could not be; nothing is lost.
    """
    with _alone(folder):
        if _exec(container, secrets.token_hex(6)):
            _exec(container, "", *_put(_archive(container, inside.SPOOL_PLACE), folder))


def keep(container: Container, folder: ServiceFolder) -> None:
    """Put what a container that is to be removed has for the workspace there, whether it runs or not."""
    deployment = Deployment.read(folder.path)
    with suppress(DockerException, OSError, tarfile.TarError):
        if deployment is not None and collecting.tells(deployment.spec):
            with _alone(folder):
                _put(_archive(container, inside.SPOOL_PLACE), folder, gone=True)


def keep_history(container: Container, folder: ServiceFolder) -> None:
    """Keep the seconds of a container that is to be removed in the service's folder."""
    with suppress(DockerException, OSError, tarfile.TarError):
        seconds = seconds_of(container, ROOM)
        path = folder.path / HISTORY_FILE
        before = {second.at: second for second in history.read(path, ROOM)}
        kept = History(path)
        for second in seconds:
            same = [before[second.at]] if second.at in before else []
            kept.note(Second.together(second.at, [second, *same]))
        kept.close()


def seconds_of(container: Container, seconds: int) -> list[Second]:
    """What the server in a container did in the last seconds."""
    name = f"{inside.SERVICE}/{HISTORY_FILE}"
    with tarfile.open(fileobj=io.BytesIO(_archive(container, name))) as archive:
        file = archive.extractfile(HISTORY_FILE)
        return [] if file is None else history.parse(file.read(), seconds)


def _exec(container: Container, batch: str, *done: str) -> list[str]:
    """Have the spool be a batch, and batches that are done removed; the batches that there are."""
    command = [inside.PYTHON, "-I", "-S", "-c", _TAKE, inside.SPOOL, batch, *done]
    code, said = container.exec_run(command)
    text = said.decode(errors="replace")
    if code:
        raise OSError(f"{container.name}: {text.strip()[-300:]}")
    return list(text.split())


def _archive(container: Container, path: str) -> bytes:
    try:
        pieces, _ = container.get_archive(path)
    except NotFound:
        return b""
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > _MOST_TOLD:
            raise OSError(f"{container.name} tells more than {_MOST_TOLD} bytes at once")
    return bytes(whole)


@contextmanager
def _alone(folder: ServiceFolder) -> Iterator[None]:
    with open(folder.path / _LOCK, "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put(archive: bytes, folder: ServiceFolder, gone: bool = False) -> list[str]:
    """Put the batches of an archive into the workspace; their names. Of a container that is ``gone`` the spool too.

    The script in the container may have put anything there: only what we know the place of is taken.
    """
    if not archive:
        return []
    files = {batch: found for batch, found in _files(archive).items() if batch or gone}
    taken = _taken(folder)
    for batch in files:
        if batch not in taken:
            _put_batch(files[batch], folder)
            taken += [batch] if batch else []
    if files:
        write_atomically(folder.path / _TAKEN, json.dumps(taken[-_MOST_REMEMBERED:]).encode(), mode=0o600)
    return list(files)


def _files(archive: bytes) -> dict[str, dict[str, bytes]]:
    """The files of each batch; that of what was not renamed yet has no name."""
    name = PurePosixPath(inside.SPOOL).name
    found: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            parts = [part for part in PurePosixPath(member.name).parts if part not in (".", "/")]
            at = next((n for n, part in enumerate(parts) if part == name or part.startswith(f"{name}.")), None)
            if at is None or not member.isreg() or ".." in parts:
                continue
            file = tar.extractfile(member)
            batch = parts[at].removeprefix(name).lstrip(".")
            if file is not None:
                found.setdefault(batch, {})["/".join(parts[at + 1 :])] = file.read()
    return found


def _put_batch(files: dict[str, bytes], folder: ServiceFolder) -> None:
    insights = collecting.insights_folder(folder.root, folder.handle)
    known = [(found, name) for name in files if (found := _INSIGHTS.fullmatch(name))]
    for found, name in sorted(known, key=lambda pair: -int(pair[0][2] or 0)):  # the oldest first
        LinesFile(insights / f"{found[1]}.jsonl").write(_whole(files[name]))
    for name, data in files.items():
        parts = name.split("/")
        if len(parts) == _PARTS_OF_DATA and parts[0] == "modeldata" and name.endswith(".csv"):
            header, _, rows = _whole(data).partition(b"\n")
            if rows:
                path = collecting.model_data_folder(folder.root).joinpath(*parts[1:])
                csv_file.append(path, header + b"\n", rows)


def _whole(data: bytes) -> bytes:
    """Without a last line that was being written."""
    return data[: data.rfind(b"\n") + 1]


def _taken(folder: ServiceFolder) -> list[str]:
    try:
        return [str(name) for name in json.loads((folder.path / _TAKEN).read_bytes())]
    except (OSError, ValueError):
        return []
