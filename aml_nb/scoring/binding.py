"""How a request becomes the arguments of run(): chosen once when the script is loaded.

Each ``bind_*`` returns one closure that takes a ``Request`` and returns what run() returned, so that
a request costs one call besides run() itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aml_nb.scoring.request import Request
from aml_nb.scoring.script_errors import InputError, Interruption, RunError

Invoke = Callable[[Request], Any]
Run = Callable[..., Any]

METHODS = frozenset({"GET", "POST"})
RAW_HTTP_METHODS = frozenset({"GET", "POST", "OPTIONS", "HEAD"})


def bind_raw(run: Run, name: str | None, roots: Sequence[str]) -> Invoke:
    """Hand the body to run() as text: by position, or by ``name`` where it is keyword-only."""

    def invoke(request: Request) -> Any:
        data = decode(request)
        try:
            return run(data) if name is None else run(**{name: data})
        except Interruption:
            raise
        except BaseException as error:
            raise RunError.wrap(error, roots) from error

    return invoke


def bind_raw_with_headers(run: Run, name: str, roots: Sequence[str]) -> Invoke:
    """Hand run() the body as text and the request's headers as a dict."""

    def invoke(request: Request) -> Any:
        data = decode(request)
        try:
            return run(**{name: data, "request_headers": title_case(request.headers)})
        except Interruption:
            raise
        except BaseException as error:
            raise RunError.wrap(error, roots) from error

    return invoke


def bind_schema(run: Run, names: dict[str, bool], headers: bool, roots: Sequence[str]) -> Invoke:
    """Hand run() the values of a JSON object by name; ``names`` says which must be there."""
    wanted = tuple(names.items())

    def invoke(request: Request) -> Any:
        given = json_object(request)
        arguments = {name: given[name] for name, _ in wanted if name in given}
        for name, required in wanted:
            if required and name not in arguments:
                raise InputError(f"A value is not provided for the {name!r} parameter.")
        if headers:
            arguments["request_headers"] = title_case(request.headers)
        try:
            return run(**arguments)
        except Interruption:
            raise
        except BaseException as error:
            raise RunError.wrap(error, roots) from error

    return invoke


def bind_raw_http(run: Run, name: str, headers: bool, roots: Sequence[str]) -> Invoke:
    """Hand run() the whole request, as Flask's users know it."""
    from aml_nb.scoring.aml_http import make_request

    def invoke(request: Request) -> Any:
        arguments: dict[str, Any] = {name: make_request(request)}
        if headers:
            arguments["request_headers"] = title_case(request.headers)
        try:
            return run(**arguments)
        except Interruption:
            raise
        except BaseException as error:
            raise RunError.wrap(error, roots) from error

    return invoke


def decode(request: Request) -> str:
    """The body as text; of a GET, its query as a JSON object."""
    if request.method != "POST":
        return json.dumps(query_values(request))
    try:
        return request.body.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"Input cannot be decoded as UTF-8: {error}") from None


def json_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body; of a GET, its query."""
    if request.method != "POST":
        return query_values(request)
    if not is_json(request.headers.get("content-type", "")):
        raise InputError("Expects Content-Type to be application/json", 415)
    if not request.body:
        raise InputError("POST body is empty. Expecting a JSON dictionary.")
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"POST body could not be decoded as JSON: {error}") from None
    if not isinstance(data, dict):
        raise InputError("POST body should be a JSON dictionary.")
    return data


def query_values(request: Request) -> dict[str, Any]:
    """The query's values, each read as JSON where it is JSON; a name that is there twice has a list."""
    if request.method not in METHODS:
        raise InputError("The method is not allowed for the requested URL.", 405)
    found: dict[str, list[Any]] = {}
    for name, text in parse_qsl(request.query, keep_blank_values=True):
        found.setdefault(name, []).append(_value(text))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def is_json(content_type: str) -> bool:
    """Whether a content type names JSON: ``application/json`` or ``application/<what>+json``."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def title_case(headers: dict[str, str]) -> dict[str, str]:
    """Headers under the names that scripts ask for: ``Content-Type``, ``X-Ms-Request-Id``."""
    return {name.title(): value for name, value in headers.items()}
