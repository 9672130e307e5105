"""Looks at the service's containers again and again, also while the daemon is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from docker import DockerClient

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import containers, inside, naming
from aml_nb.engines.docker.fleet.replica import Away, Event, Facts, Seen
from aml_nb.engines.folder import ServiceFolder
from aml_nb.errors import AmlError

LOOK_S = 0.5


class Watch:
    """Posts what it sees: ``Seen``, or ``Away`` while there is nothing to see.

    A look costs one short question; only a container that changed is asked about.
    """

    def __init__(self, folder: ServiceFolder, post: Callable[[Event], None]) -> None:
        self._folder = folder
        self._post = post
        self._over = threading.Event()
        self._known: dict[str, tuple[object, Facts]] = {}
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        failures = 0
        while not self._over.is_set():
            try:
                self._post(self._look())
                failures = 0
            except AmlError as error:
                failures += 1
                clients.close_all()  # connections from before a restart of the daemon are of no use
                if failures > 1:
                    why = error.message.strip().splitlines()[-1]
                    self._post(Away(ServiceError("daemon-away", why)))
            self._over.wait(LOOK_S if failures != 1 else 0.05)

    def _look(self) -> Seen:
        began = time.monotonic()
        with clients.plainly("look at the containers"):
            client = clients.connect(clients.LOOK_S)
            filters = naming.container_filters(self._folder.handle, self._folder.root)
            rows = client.api.containers(all=True, filters=filters)
            found = {row["Id"]: self._facts(client, row) for row in rows}
        self._known = {key: self._known[key] for key in found if key in self._known}
        return Seen(found, began)

    def _facts(self, client: DockerClient, row: dict[str, Any]) -> Facts:
        told = (row["State"], row.get("NetworkSettings"), row.get("Ports"))
        known = self._known.get(row["Id"])
        if known is not None and known[0] == told:
            return known[1]
        address = None
        if row["State"] == "running":
            try:
                address = containers.address(client.containers.get(row["Id"]))
            except Exception as error:
                if not clients.is_gone(error):
                    raise
        labels = row.get("Labels") or {}
        facts = Facts(row["Names"][0].lstrip("/"), row["State"], int(labels.get(inside.REVISION) or 0), address)
        self._known[row["Id"]] = (told, facts)
        return facts
