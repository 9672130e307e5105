"""Between tornado and the route table: authentication, threads, and one shape for errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated

from aml_nb.errors import AmlError
from aml_nb.labserver.answers import Answer, to_json
from aml_nb.labserver.call import Call
from aml_nb.labserver.faults import NothingThereError, Refusal, told
from aml_nb.labserver.loading import load
from aml_nb.labserver.site import SETTING, Site

MOST_BODY = 16 * 1024 * 1024
Function = Callable[[Call], Any]


class Shared:
    """What every route and the socket do alike; mixed into handlers of jupyter_server."""

    auth_resource = "aml_nb"
    settings: dict[str, Any]
    request: Any
    log: Any

    @property
    def site(self) -> Site:
        """The server."""
        return cast(Site, self.settings[SETTING])

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every failure is told in the same JSON, whoever raised it."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        status, body = told(error, status_code)
        handler = cast(JupyterHandler, self)
        handler.set_status(status)
        handler.set_header("Content-Type", "application/json")
        handler.finish(json.dumps(body))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """What was raised on purpose needs no traceback in the server's log."""
        if isinstance(value, AmlError):
            self.log.info("aml_nb: %s %s: %s", self.request.method, self.request.path, value.message.split("\n")[0])
        else:
            super().log_exception(typ, value, tb)  # type: ignore[misc]


class BaseHandler(Shared, APIHandler):
    """What every route does alike."""


class RouteHandler(BaseHandler):
    """Calls the functions of one route, in threads."""

    def initialize(self, functions: Mapping[str, str], slow: bool = False) -> None:
        self._functions, self._slow = functions, slow

    @authenticated
    @authorized
    async def get(self, **parts: str) -> None:
        await self._answer("GET", parts)

    @authenticated
    @authorized
    async def post(self, **parts: str) -> None:
        await self._answer("POST", parts)

    @authenticated
    @authorized
    async def delete(self, **parts: str) -> None:
        await self._answer("DELETE", parts)

    async def _answer(self, method: str, parts: Mapping[str, str]) -> None:
        name = self._functions.get(method)
        if name is None:
            self.set_header("Allow", ", ".join(self._functions))
            raise HTTPError(405)
        if any("\0" in value for value in parts.values()):
            raise NothingThereError("Nothing has such a name.")
        query = {word: self.get_query_argument(word, "") or "" for word in self.request.query_arguments}
        changing = method != "GET"
        call = Call(self.site, parts, query, self._body() if changing else {}, changing)
        pool = self.site.slow if self._slow or changing else self.site.quick
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(pool, partial(_run, name, call))
        self.set_status(answer.status)
        self.set_header("Cache-Control", "no-store")
        kind = answer.headers.get("Content-Type", "application/json")
        for header, value in answer.headers.items():
            self.set_header(header, value)
        # A page that was closed or reloaded meanwhile wants no answer.
        with suppress(StreamClosedError):
            await cast(Awaitable[None], self.finish(answer.value, set_content_type=kind))

    def _body(self) -> dict[str, Any]:
        if len(self.request.body) > MOST_BODY:
            raise HTTPError(413, f"The request is longer than {MOST_BODY // 2**20} MB.")
        if not self.request.body.strip():
            return {}
        try:
            body = json.loads(self.request.body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Refusal(f"The body is no JSON: {error}.") from None
        if not isinstance(body, dict):
            raise Refusal(f"The body must be a JSON object, not a {type(body).__name__}.")
        return body


class MissingHandler(BaseHandler):
    """Every address below ours that no route has."""

    @authenticated
    @authorized
    async def get(self) -> None:
        raise HTTPError(404, "aml_nb serves nothing at this address.")

    post = put = patch = delete = get


@lru_cache
def function_of(name: str) -> Function:
    """The function of a name in the route table."""
    found: Function = load(name)
    return found


def _run(name: str, call: Call) -> Answer:
    """In a thread: the answer, its JSON made there too."""
    value = function_of(name)(call)
    answer = value if isinstance(value, Answer) else Answer(value)
    if isinstance(answer.value, bytes):
        return answer
    return Answer(to_json(answer.value), answer.status, answer.headers)
