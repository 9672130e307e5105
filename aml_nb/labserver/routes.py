"""Every address that the extension serves, in one table.

Functions stand there by their names, ``module:function`` below ``aml_nb.labserver``: their modules, and all of core,
load when somebody asks, so that a Jupyter server starts as fast with the extension as without it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from aml_nb.labserver.events.socket import EventsHandler
from aml_nb.labserver.handlers import MissingHandler, RouteHandler

ROOT = "/aml-nb/"


class Route(NamedTuple):
    """One address: ``{name}`` stands for one part of it. ``slow`` is what may take longer than a look."""

    address: str
    get: str | None = None
    post: str | None = None
    delete: str | None = None
    slow: bool = False

    def functions(self) -> dict[str, str]:
        """The functions' names by their methods."""
        named = {"GET": self.get, "POST": self.post, "DELETE": self.delete}
        return {method: function for method, function in named.items() if function is not None}

    def pattern(self) -> str:
        """The address as tornado reads it; a slash within a part is written ``%2F``."""
        parts = (f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else part for part in self.address.split("/"))
        return ROOT + "/".join(parts)


_ONE = "w/{ws}/{kind}/{id}"
_SERVICE = "w/{ws}/services/{id}"
_RUN = "w/{ws}/runs/{id}"
_PIPELINE = "w/{ws}/pipelines/{id}"
_SCHEDULE = "w/{ws}/schedules/{id}"
_COMPUTE = "w/{ws}/compute/{id}"

ROUTES = (
    Route("hello", get="hello:hello"),
    Route("w/{ws}/{kind}", get="shapes.listing:rows_of"),
    Route(_ONE, get="shapes.details:detail", delete="actions.others:delete", slow=True),
    Route(f"{_ONE}/code", get="shapes.details:code"),
    Route(f"{_SERVICE}/score", post="actions.services:score"),
    Route(f"{_SERVICE}/keys", post="actions.services:keys"),
    Route(f"{_SERVICE}/regenerate_key", post="actions.services:regenerate_key"),
    Route(f"{_SERVICE}/reload", post="actions.services:reload"),
    Route(f"{_SERVICE}/update", post="actions.services:update"),
    Route(f"{_SERVICE}/scale", post="actions.services:scale"),
    Route(f"{_SERVICE}/client_code", get="shapes.details:client_code", slow=True),
    Route(f"{_SERVICE}/diagnosis", get="shapes.details:diagnosis", slow=True),
    Route(f"{_SERVICE}/metrics", get="shapes.details:metrics"),
    Route(f"{_SERVICE}/log", get="shapes.details:service_log"),
    Route("w/{ws}/models/{id}/deploy", post="actions.deploying:deploy"),
    Route(f"{_RUN}/log", get="shapes.details:run_log"),
    Route(f"{_RUN}/file", get="shapes.details:run_file", slow=True),
    Route(f"{_RUN}/cancel", post="actions.others:cancel_run"),
    Route(f"{_PIPELINE}/submit", post="actions.others:submit_pipeline"),
    Route(f"{_PIPELINE}/cancel", post="actions.others:cancel_pipeline"),
    Route(f"{_PIPELINE}/enable", post="actions.others:enable_pipeline"),
    Route(f"{_PIPELINE}/disable", post="actions.others:disable_pipeline"),
    Route(f"{_SCHEDULE}/enable", post="actions.others:enable_schedule"),
    Route(f"{_SCHEDULE}/disable", post="actions.others:disable_schedule"),
    Route(f"{_COMPUTE}/start", post="actions.others:start_compute"),
    Route(f"{_COMPUTE}/stop", post="actions.others:stop_compute"),
)


def table() -> list[tuple[Any, ...]]:
    """The table as jupyter_server takes it; what is served by nothing else is answered in our JSON too."""
    own = [(r.pattern(), RouteHandler, {"functions": r.functions(), "slow": r.slow}) for r in ROUTES]
    return [*own, (f"{ROOT}events", EventsHandler), (f"{ROOT}.*", MissingHandler)]
