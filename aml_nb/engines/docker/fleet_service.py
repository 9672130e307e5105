"""ACI and AKS services on Docker, from outside: a process of their own keeps their containers."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from dataclasses import replace

from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import ServiceStatus
from aml_nb.engines.docker import naming
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet import balance, first, generation
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import Front, FrontError
from aml_nb.engines.tail import tail
from aml_nb.scoring.config import LOG_FILE
from aml_nb.scoring.state import CRASHED

MODULE = "aml_nb.engines.docker.fleet"
_SETTLED_S = 10.0


class FleetService:
    """Starts, tells and ends the process that keeps the containers of one service."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder

    def launch(self) -> None:
        """Start the first containers of a service that has just been set up, and the process that keeps them."""
        deployment = Deployment.read(self._folder.path)
        keys = None if deployment is None else self._folder.keys(deployment.spec.keys_revision)
        if deployment is None or keys is None:
            raise RuntimeError(f"The service {self._folder.handle} was never set up.")
        first.begin(self._folder, deployment, keys)
        supervised.spawn(self._folder, MODULE)

    def update(self, deployment: Deployment) -> None:
        """Hand it another revision; one that is gone is started again."""
        deployment.write(self._folder.path)
        self._folder.say(f"Submitting revision {deployment.spec.revision} to compute.")
        naming.server_config(deployment.spec).write(self._folder.service_file)
        self.tell()

    def bases(self) -> list[Deployment]:
        """What an update goes on from, first the newest revision, unless that was refused; all in use still."""
        newest, memory = Deployment.read(self._folder.path), generation.Memory.read(self._folder.path)
        known = [found for found in (newest, memory.serving) if found is not None]
        refused = newest is not None and memory.refused == newest.spec.revision
        return known[::-1] if refused else known

    def tell(self) -> None:
        """Let it read its files again."""
        if not supervised.signal(self._folder, signal.SIGHUP, MODULE):
            supervised.spawn(self._folder, MODULE)

    def remind(self) -> None:
        """Let it hear of a revision that it was never told of."""
        with suppress(BlockingIOError), self._folder.exclusive(wait=False):
            newest = Deployment.read(self._folder.path)
            if newest is not None and newest.spec.revision > supervised.submitted(self._folder):
                naming.server_config(newest.spec).write(self._folder.service_file)
            supervised.remind(self._folder, MODULE)

    def status(self) -> ServiceStatus:
        """How the service is; a process that is gone though its containers may run is started again."""
        now = supervised.status(self._folder)
        if self._folder.alive() or self._ended():
            return self._as_deployed(now)
        with suppress(BlockingIOError), self._folder.exclusive(wait=False):
            if self._folder.exists() and not self._folder.alive():
                supervised.spawn(self._folder, MODULE)
                now = supervised.status(self._folder)
        return self._as_deployed(now)

    def _ended(self) -> bool:
        """Whether the process ended on purpose, or was never there."""
        try:
            told = json.loads(self._folder.state_file.read_bytes())
            lived = float(told["updated"]) - float(told["started"])
            if (told["error"] or {}).get("code") == CRASHED and lived > _SETTLED_S:
                return False  # a fault of ours in a service that was well; one at the start would come again at once
            return told["state"] in ("Failed", "Stopped")
        except FileNotFoundError:
            return not (self._folder.path / generation.FILE).exists()
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _as_deployed(self, now: ServiceStatus) -> ServiceStatus:
        """With what ``deployment.json`` tells: a revision that is written there will serve, whoever was killed."""
        deployment = Deployment.read(self._folder.path)
        if deployment is None:
            return now
        now = replace(now, submitted=max(now.submitted, deployment.spec.revision))
        # What callers speak is the serving revision's, not that of one which is under way or was refused.
        serving = generation.Memory.read(self._folder.path).serving or deployment
        return now if serving.spec.certificate is None else replace(now, scheme="https")

    def logs(self, lines: int) -> str:
        """What the process itself wrote."""
        path = self._folder.path
        return tail(path / LOG_FILE, lines) or tail(path / supervised.OUTPUT_FILE, lines)

    def end(self) -> None:
        """Let it take its containers down; where it is gone, what listens for it is ended."""
        if self._folder.alive():
            supervised.end(self._folder, MODULE)
        front = self._folder.path / balance.FOLDER
        if front.is_dir() or not self._folder.path.is_dir():  # one that was removed may leave its HAProxy
            with suppress(FrontError):
                Front(front).stop(0)
