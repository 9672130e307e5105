"""ACI and AKS services on Docker, from outside: a process of their own keeps their containers."""

from __future__ import annotations

import signal
from contextlib import suppress

from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import ServiceStatus
from aml_nb.engines.docker import naming
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.tail import tail
from aml_nb.scoring.config import LOG_FILE

MODULE = "aml_nb.engines.docker.fleet"


class FleetService:
    """Starts, tells and ends the process that keeps the containers of one service."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder

    def launch(self) -> None:
        """Start the process over a folder that has just been set up."""
        supervised.spawn(self._folder, MODULE)

    def update(self, deployment: Deployment) -> None:
        """Hand it another revision; one that is gone is started again."""
        deployment.write(self._folder.path)
        self._folder.say(f"Submitting revision {deployment.spec.revision} to compute.")
        naming.server_config(deployment.spec).write(self._folder.service_file)
        self.tell()

    def tell(self) -> None:
        """Let it read its files again."""
        if not supervised.signal(self._folder, signal.SIGHUP, MODULE):
            supervised.spawn(self._folder, MODULE)

    def status(self) -> ServiceStatus:
        """How the service is; a process that is gone though its containers may run is started again."""
        now = supervised.status(self._folder)
        if now.error is None or now.error.code != "supervisor-vanished" or self._folder.alive():
            return now
        with suppress(BlockingIOError), self._folder.exclusive(wait=False):
            if self._folder.exists() and not self._folder.alive():
                supervised.spawn(self._folder, MODULE)
                return supervised.status(self._folder)
        return now

    def logs(self, lines: int) -> str:
        """What the process itself wrote."""
        path = self._folder.path
        return tail(path / LOG_FILE, lines) or tail(path / supervised.OUTPUT_FILE, lines)

    def end(self) -> None:
        """Let it take its containers down; nothing happens where there is none."""
        if self._folder.alive():
            supervised.end(self._folder, MODULE)
