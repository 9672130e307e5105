"""Brings what replicas tell into the workspace, every few seconds, where a service tells anything."""

from __future__ import annotations

import threading
from collections.abc import Callable

from docker.errors import NotFound

from aml_nb.engines import collecting
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import telling
from aml_nb.engines.docker.fleet.replica import Replica
from aml_nb.engines.folder import ServiceFolder

PAUSE_S = 10.0
"""A look costs a container some hundredths of a second, of which one of a tenth of a core has not many."""


class Fetcher:
    """Fetches in a thread of its own.

    Parameters
    ----------
    folder : of the service.
    answering : the replicas that answer now.
    note : writes a line of the service's log.
    """

    def __init__(
        self, folder: ServiceFolder, answering: Callable[[], list[Replica]], note: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._answering = answering
        self._note = note
        self._complaint = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._fetch, name="fetcher", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()

    def _fetch(self) -> None:
        while not self._over.wait(PAUSE_S):
            for replica in self._answering():
                if collecting.tells(replica.generation.spec):
                    self._from(replica)

    def _from(self, replica: Replica) -> None:
        """What one replica has. Where that cannot be had, it is there the next time; the log says so once."""
        try:
            client = clients.connect(clients.LOOK_S)
            telling.fetch(client.containers.get(replica.id or replica.name), self._folder)
            self._complaint = ""
        except NotFound:
            return  # it has just ended
        except Exception as error:
            if type(error).__name__ != self._complaint:
                self._complaint = type(error).__name__
                self._note(f"What {replica.name} tells cannot be fetched: {error}")
