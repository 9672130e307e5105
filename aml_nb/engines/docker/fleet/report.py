"""How a service stands, told in ``state.json`` and ``service.log`` as a scoring supervisor tells it."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet.generation import Generation, Memory
from aml_nb.engines.docker.fleet.hands import as_dict
from aml_nb.engines.docker.fleet.replica import Replica
from aml_nb.engines.folder import ServiceFolder
from aml_nb.scoring.config import LOG_FILE
from aml_nb.scoring.logfile import LogFile
from aml_nb.scoring.state import StateFile

_HOST = "127.0.0.1"


class Report:
    """What is known and who is to be told first: a daemon that is away comes before a replica's end.

    ``port`` is where the service answers, ``front_error`` why its address is not as it should be.
    """

    def __init__(self, folder: ServiceFolder, state: StateFile) -> None:
        self._state = state
        self._log = LogFile(folder.path / LOG_FILE)
        self._away: dict[str, Any] | None = None
        self._trouble: dict[str, Any] | None = None
        self.lasting_error: dict[str, Any] | None = None
        self.port: int | None = None
        self.front_error: ServiceError | None = None

    @property
    def was_healthy(self) -> bool:
        """Whether the service has ever served."""
        return self._state.was_healthy

    @property
    def restarts(self) -> int:
        """How often a replica ended and was replaced."""
        return self._state.restarts

    @property
    def daemon_away(self) -> bool:
        return self._away is not None

    def recall(self, memory: Memory) -> None:
        """Go on where another controller ended."""
        self._state.was_healthy = memory.was_healthy
        self.lasting_error = memory.error

    def note(self, text: str) -> None:
        """A line for the log."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S,000")
        self._log.write(f"{stamp} I [{os.getpid()}] fleet - {text}\n".encode())

    def pending(self, revision: int) -> None:
        """A revision is being rolled out."""
        self.lasting_error = None
        self._state.update(pending=revision, error=None)

    def accepted(self) -> None:
        """The newest revision serves."""
        self.lasting_error = self._trouble = None
        self._state.update(pending=None, error=None)

    def refused(self, error: ServiceError, deployment: Deployment) -> None:
        """A revision was put away; it is told until another one is submitted."""
        self.lasting_error = as_dict(replace(error, revision=deployment.spec.revision))
        self._state.update(pending=None, error=self.lasting_error)

    def broken(self, error: ServiceError) -> None:
        """The service does not start at all."""
        self.note(f"The service could not start: {error.message}")
        self._trouble = as_dict(error)

    def troubled(self, error: ServiceError) -> None:
        """A replica of the serving revision ended; it is told until all are there again."""
        self._trouble = as_dict(replace(error, revision=None))
        self._state.update(restarts=self._state.restarts + 1)

    def away(self, error: ServiceError) -> None:
        """The daemon does not answer."""
        if self._away is None:
            self.note(f"The Docker daemon does not answer: {error.message}")
        self._away = as_dict(error)

    def back(self) -> None:
        """The daemon answers."""
        if self._away is not None:
            self.note("The Docker daemon answers again.")
        self._away = None

    def tell(self, serving: Generation, replicas: list[Replica], *, ready: int, wanted: int) -> None:
        """Publish how things are."""
        if ready >= wanted:
            self._trouble = None
        if ready and self.port is not None:
            word = "Healthy"
        else:
            word = "Unhealthy" if self.was_healthy else "Transitioning"
        front_error = as_dict(self.front_error) if self.front_error else None
        self._state.update(
            state=word,
            host=_HOST,
            port=self.port,
            revision=serving.spec.revision,
            ready=ready,
            wanted=wanted,
            workers=[{"container": r.name, "revision": r.generation.base, "state": r.state.value} for r in replicas],
            error=self._away or front_error or self._trouble or self.lasting_error,
        )

    def stopping(self, failed: bool) -> None:
        """All is being taken down."""
        error = {"error": self._trouble} if failed else {}
        self._state.update(state="Failed" if failed else "Stopping", **error)

    def last(self, word: str) -> None:
        """The end."""
        self._state.update(state=word, workers=[], ready=0)
