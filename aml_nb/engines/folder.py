"""The folder of one service: its lock, its keys and what was said while it was deployed."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from aml_nb.scoring.auth import make_key
from aml_nb.scoring.config import KEYS_FILE, LOCK_FILE, SERVICE_FILE, STATE_FILE, write_atomically

_STAGING, _TRASH, _LOCK = ".staging-", ".trash-", ".lock-"
_OWN_KEYS = "keys-*.json"


@dataclass(frozen=True)
class Keys:
    """What opens a service; never printed."""

    primary: str
    secondary: str
    token_secret: str

    @classmethod
    def make(cls, primary: str | None = None, secondary: str | None = None) -> Keys:
        """Random keys, save those given."""
        return cls(primary or make_key(), secondary or make_key(), secrets.token_hex(32))

    def __repr__(self) -> str:
        return "Keys(***)"


class ServiceFolder:
    """Paths and small files of one service below ``root``."""

    def __init__(self, root: Path, handle: str) -> None:
        self.root = root
        self.handle = handle
        self.path = root / handle
        self.staging = root / f"{_STAGING}{handle}"
        self.revisions = self.path / "revisions"
        self.service_file = self.path / SERVICE_FILE
        self.keys_file = self.path / KEYS_FILE
        self.state_file = self.path / STATE_FILE
        self.lock_file = self.path / LOCK_FILE
        self.roots_file = self.path / "roots.json"
        self.events_file = self.path / "deployment.log"
        self.early_log = root / f".build-{handle}.log"  # of a build whose service may never have a folder

    @contextmanager
    def exclusive(self, wait: bool = True) -> Iterator[None]:
        """Hold the service for one deployment, update or deletion; a killed holder lets go."""
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / f"{_LOCK}{self.handle}", "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield

    def busy(self) -> bool:
        """Whether somebody is deploying, updating or deleting this service now."""
        return held(self.root / f"{_LOCK}{self.handle}")

    def alive(self) -> bool:
        """Whether a supervisor holds the folder."""
        return held(self.lock_file)

    def exists(self) -> bool:
        """Whether the service was set up."""
        return self.service_file.exists()

    def adopt_staging(self) -> None:
        """Put what was staged in its place in one step."""
        self.discard()
        os.rename(self.staging, self.path)

    def discard(self) -> None:
        """Take the folder away in one step, then remove its files."""
        trash = self.root / f"{_TRASH}{self.handle}-{secrets.token_hex(4)}"
        with suppress(FileNotFoundError):
            os.rename(self.path, trash)
            shutil.rmtree(trash, ignore_errors=True)

    def keys_path(self, revision: int = 0, base: Path | None = None) -> Path:
        """Where the keys are that ``revision`` brought; 0 is for those that the service began with."""
        name = _OWN_KEYS.replace("*", str(revision)) if revision else KEYS_FILE
        return (base or self.path) / name

    def keys(self, revision: int = 0) -> Keys | None:
        """The keys that ``revision`` brought; None where there are none."""
        try:
            data = json.loads(self.keys_path(revision).read_bytes())
            return Keys(data["primary"], data["secondary"], data["token_secret"])
        except (OSError, ValueError, KeyError):
            return None

    def write_keys(self, keys: Keys, base: Path | None = None, revision: int = 0) -> None:
        """Write the keys for their owner's eyes only."""
        write_atomically(self.keys_path(revision, base), json.dumps(asdict(keys)).encode(), mode=0o600)

    def forget_keys(self, but: Collection[int]) -> None:
        """Remove all keys save those that the revisions of ``but`` brought."""
        kept = {self.keys_path(revision) for revision in but}
        for path in {self.keys_file, *self.path.glob(_OWN_KEYS)} - kept:
            path.unlink(missing_ok=True)

    def roots(self) -> dict[int, str]:
        """Which folder below ``revisions`` each revision takes its sources from."""
        try:
            return {int(key): name for key, name in json.loads(self.roots_file.read_bytes()).items()}
        except (OSError, ValueError):
            return {}

    def remember_root(self, revision: int, name: str, base: Path | None = None) -> None:
        """Note where a revision takes its sources from."""
        data = json.dumps({**self.roots(), revision: name}).encode() if base is None else None
        path = (base or self.path) / self.roots_file.name
        write_atomically(path, data or json.dumps({revision: name}).encode(), durable=False)

    def say(self, message: str, base: Path | None = None) -> None:
        """Add a line to the deployment's log."""
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S%z')} {message}\n"
        line = line[:22] + ":" + line[22:]
        with open((base or self.path) / self.events_file.name, "a", encoding="utf-8") as file:
            file.write(line)

    def events(self) -> list[str]:
        """The lines of the deployment's log."""
        try:
            return self.events_file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []


def sweep(root: Path) -> None:
    """Remove what killed deployments and deletions left behind."""
    with suppress(OSError):
        for name in os.listdir(root):
            if name.startswith(_TRASH):
                shutil.rmtree(root / name, ignore_errors=True)
            elif name.startswith(_STAGING):
                _sweep_staging(ServiceFolder(root, name[len(_STAGING) :]))


def _sweep_staging(folder: ServiceFolder) -> None:
    with suppress(BlockingIOError), folder.exclusive(wait=False):
        shutil.rmtree(folder.staging, ignore_errors=True)


def held(path: Path) -> bool:
    """Whether somebody holds the lock of a file; asking holds nobody up."""
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
