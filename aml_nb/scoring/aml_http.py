"""``AMLRequest``, ``AMLResponse`` and ``@rawhttp``, for scripts that speak HTTP themselves.

Imported only by such scripts; a service of another kind never loads werkzeug.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from werkzeug import wrappers

from aml_nb.scoring import request as scoring

Function = TypeVar("Function", bound=Callable[..., Any])

decorated = 0
"""How many functions were decorated with @rawhttp in this process; one is enough to change how run() is called."""


def rawhttp(func: Function) -> Function:
    """Have run() called with the whole request, for GET, POST and OPTIONS alike.

    Parameters
    ----------
    func : run; its one parameter gets an ``AMLRequest``.
    """
    global decorated
    decorated += 1
    return func


class AMLRequest(wrappers.Request):
    """An HTTP request, with what scripts use of Flask's: ``method``, ``args``, ``headers``, ``get_data()``,
    ``get_json()``, ``form``, ``files``, ``cookies``, ``full_path``. Nothing routes it, so Flask's ``endpoint``
    and its kin are None.
    """

    endpoint: str | None = None
    blueprint: str | None = None
    view_args: dict[str, Any] | None = None
    url_rule: Any = None

    def __init__(self) -> None:
        super().__init__(environ("GET", "/", "", {}, b""))


class AMLResponse(wrappers.Response):
    """An HTTP answer made by the script.

    Parameters
    ----------
    message : the body: str, bytes or an iterable of them, which is streamed; None is an empty JSON object.
    status_code : its status.
    response_headers : further headers.
    json_str : whether to write ``message`` as JSON.
    run_function_failed : what ``x-ms-run-function-failed`` says.

    Raises
    ------
    TypeError
        ``message`` is a dict, a list or a number, and ``json_str`` is not set.
    """

    default_mimetype = "text/html"

    def __init__(
        self,
        message: Any,
        status_code: int | str,
        response_headers: dict[str, str] = {},  # noqa: B006 - v1's default, never written to
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        if message is None:
            message, json_str = {}, True
        if json_str:
            super().__init__(json.dumps(message), status=status_code, mimetype="application/json")
        elif isinstance(message, (dict, list, int, float)):
            raise TypeError(f"AMLResponse of a {type(message).__name__} needs json_str=True")
        else:
            super().__init__(message, status=status_code)
        self.headers["x-ms-run-function-failed"] = str(run_function_failed)
        for name, value in response_headers.items():
            self.headers[name] = value


def make_request(request: scoring.Request) -> AMLRequest:
    """The ``AMLRequest`` of what the server received."""
    made = AMLRequest.__new__(AMLRequest)
    asked = environ(request.method, request.path, request.query, request.headers, request.body)
    wrappers.Request.__init__(made, asked)
    return made


def environ(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """A request in WSGI's words."""
    host, _, port = headers.get("host", "localhost").partition(":")
    made: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": f"{path}?{query}" if query else path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)) if body or "content-length" in headers else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            made[key] = value
        elif key != "CONTENT_LENGTH":
            made[f"HTTP_{key}"] = value
    return made
