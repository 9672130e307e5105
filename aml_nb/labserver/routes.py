"""Every address that the extension serves, in one table."""

from __future__ import annotations

from typing import Any, NamedTuple

from aml_nb.labserver import hello
from aml_nb.labserver.actions import deploying, others, services
from aml_nb.labserver.events.socket import EventsHandler
from aml_nb.labserver.handlers import Function, MissingHandler, RouteHandler
from aml_nb.labserver.shapes import details, listing

ROOT = "/aml-nb/"


class Route(NamedTuple):
    """One address: ``{name}`` stands for one part of it. ``slow`` is what may take longer than a look."""

    address: str
    get: Function | None = None
    post: Function | None = None
    delete: Function | None = None
    slow: bool = False

    def functions(self) -> dict[str, Function]:
        """The functions by their methods."""
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
    Route("hello", get=hello.hello),
    Route("w/{ws}/{kind}", get=listing.rows_of),
    Route(_ONE, get=details.detail, delete=others.delete, slow=True),
    Route(f"{_ONE}/code", get=details.code),
    Route(f"{_SERVICE}/score", post=services.score),
    Route(f"{_SERVICE}/keys", post=services.keys),
    Route(f"{_SERVICE}/regenerate_key", post=services.regenerate_key),
    Route(f"{_SERVICE}/reload", post=services.reload),
    Route(f"{_SERVICE}/update", post=services.update),
    Route(f"{_SERVICE}/scale", post=services.scale),
    Route(f"{_SERVICE}/client_code", get=details.client_code, slow=True),
    Route(f"{_SERVICE}/diagnosis", get=details.diagnosis, slow=True),
    Route(f"{_SERVICE}/metrics", get=details.metrics),
    Route(f"{_SERVICE}/log", get=details.service_log),
    Route("w/{ws}/models/{id}/deploy", post=deploying.deploy),
    Route(f"{_RUN}/log", get=details.run_log),
    Route(f"{_RUN}/file", get=details.run_file, slow=True),
    Route(f"{_RUN}/cancel", post=others.cancel_run),
    Route(f"{_PIPELINE}/submit", post=others.submit_pipeline),
    Route(f"{_PIPELINE}/cancel", post=others.cancel_pipeline),
    Route(f"{_PIPELINE}/enable", post=others.enable_pipeline),
    Route(f"{_PIPELINE}/disable", post=others.disable_pipeline),
    Route(f"{_SCHEDULE}/enable", post=others.enable_schedule),
    Route(f"{_SCHEDULE}/disable", post=others.disable_schedule),
    Route(f"{_COMPUTE}/start", post=others.start_compute),
    Route(f"{_COMPUTE}/stop", post=others.stop_compute),
)


def table() -> list[tuple[Any, ...]]:
    """The table as jupyter_server takes it; what is served by nothing else is answered in our JSON too."""
    own = [(r.pattern(), RouteHandler, {"functions": r.functions(), "slow": r.slow}) for r in ROUTES]
    return [*own, (f"{ROOT}events", EventsHandler), (f"{ROOT}.*", MissingHandler)]
