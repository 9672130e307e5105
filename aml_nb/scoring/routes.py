"""Where a service's requests go, by their path and by the name that their caller knows the service under."""

from __future__ import annotations

import os

from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.http import Head
from aml_nb.scoring.tallies import FOREIGN, HEALTH, METRICS, MISSING, SCORE, SWAGGER

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "host.docker.internal"})


class Routes:
    """The paths of one service, each beside the scoring path and at the root, and the names of its host."""

    def __init__(self, config: ServerConfig) -> None:
        place = config.scoring_path.rsplit("/", 1)[0]
        self._routes = {
            **dict.fromkeys(("/metrics", f"{place}/metrics"), METRICS),
            **dict.fromkeys(("/swagger.json", f"{place}/swagger.json"), SWAGGER),
            **dict.fromkeys(("/", f"{place}/"), HEALTH),
            **dict.fromkeys(("/score", config.scoring_path), SCORE),
        }
        allowed = os.environ.get("AML_NB_ALLOWED_HOSTS", "").lower().split()
        open_to_all = not config.host.startswith("127.") and config.host not in ("localhost", "::1")
        self._any_host = open_to_all and not allowed
        self._hosts = LOOPBACK_NAMES | set(allowed)

    def of(self, head: Head) -> int:
        """Where requests with this head go."""
        if not self._any_host and not self._known_host(head.headers.get("host", "localhost")):
            return FOREIGN
        return self._routes.get(head.path, MISSING)

    def _known_host(self, host: str) -> bool:
        """A page of another site that reaches this port through its own name (DNS rebinding) is not served."""
        name = host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()
        return name in self._hosts or name.endswith(".localhost")
