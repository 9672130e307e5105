"""Every address that the extension serves, in one table."""

from __future__ import annotations

from typing import Any, NamedTuple

from aml_nb.labserver import hello
from aml_nb.labserver.events.socket import EventsHandler
from aml_nb.labserver.handlers import Function, MissingHandler, RouteHandler
from aml_nb.labserver.shapes import listing

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


ROUTES = (
    Route("hello", get=hello.hello),
    Route("w/{ws}/{kind}", get=listing.rows_of),
)


def table() -> list[tuple[Any, ...]]:
    """The table as jupyter_server takes it; what is served by nothing else is answered in our JSON too."""
    own = [(r.pattern(), RouteHandler, {"functions": r.functions(), "slow": r.slow}) for r in ROUTES]
    return [*own, (f"{ROOT}events", EventsHandler), (f"{ROOT}.*", MissingHandler)]
