"""What run() returned, as an HTTP answer."""

from __future__ import annotations

import itertools
import json
import json.encoder
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from aml_nb.scoring.request import Reply
from aml_nb.scoring.script_errors import ResultError, RunError


def _make_dumps() -> Callable[[Any], str]:
    """``json.dumps`` with its C encoder made once instead of for each answer; a circle is a RecursionError."""
    encoder = json.JSONEncoder()
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    parts = make(None, encoder.default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True)
    join = "".join
    return lambda value: join(parts(value, 0))


_dumps = _make_dumps()
_RAISED = (Exception, SystemExit, KeyboardInterrupt)


def encode(result: Any) -> Reply:
    """Turn what run() returned into a ``Reply``.

    Text, numbers, lists and dicts become JSON, None ``{}``; an ``AMLResponse`` (or any werkzeug or Flask
    response) goes out as it is; a generator or iterator of bytes or str is streamed.

    Raises
    ------
    ResultError
        JSON cannot hold it; the message names what it was and where in the result.
    RunError
        A generator failed before its first piece.
    """
    if result is None:
        return Reply(200, b"{}")
    try:
        return Reply(200, _dumps(result).encode())
    except (TypeError, ValueError, RecursionError) as error:
        return _other(result, error)


def _other(result: Any, error: Exception) -> Reply:
    if _is_response(result):
        return _from_response(result)
    if isinstance(result, Iterator):
        return _stream(result)
    message, hint = _explain(result, error)
    raise ResultError(message, hint=hint) from error


def _is_response(result: Any) -> bool:
    werkzeug = sys.modules.get("werkzeug.wrappers")
    return werkzeug is not None and isinstance(result, werkzeug.Response)


def _from_response(response: Any) -> Reply:
    if not 200 <= response.status_code <= 599:
        said = f"run() returned a response of status {response.status_code}, which ends no request"
        raise ResultError(said, hint="a status from 200 to 599")
    headers = [(name, value) for name, value in response.headers.items()]
    failed = False
    kept: list[tuple[str, str]] = []
    content_type = ""
    for name, value in headers:
        low = name.lower()
        if low == "x-ms-run-function-failed":
            failed = value == "True"
        elif low == "content-type":
            content_type = value
        elif low != "content-length":
            kept.append((name, value))
    return Reply(response.status_code, _body(response), content_type, kept, failed)


def _body(response: Any) -> bytes | Iterator[bytes]:
    if response.is_streamed:
        return _closing(response.iter_encoded(), response)
    body: bytes = response.get_data()
    response.close()
    return body


def _closing(pieces: Iterable[bytes], response: Any) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        response.close()


def _stream(pieces: Iterator[Any]) -> Reply:
    """Look at the first piece, so that what fails at once still gets its proper status."""
    roots = _home(pieces)
    try:
        first = next(pieces, b"")
    except _RAISED as error:
        raise RunError.wrap(error, roots) from error
    if not isinstance(first, (bytes, bytearray, memoryview, str)):
        kind = type(first).__name__
        raise ResultError(
            f"run() returned an iterator of {kind}; one that is streamed yields bytes or str",
            hint="return list(result)",
        )
    content_type = "text/plain; charset=utf-8" if isinstance(first, str) else "application/octet-stream"
    return Reply(200, _pieces(itertools.chain([first], pieces), roots), content_type)


def _pieces(pieces: Iterable[Any], roots: Sequence[str]) -> Iterator[bytes]:
    try:
        for piece in pieces:
            yield piece.encode() if isinstance(piece, str) else bytes(memoryview(piece))
    except _RAISED as error:
        raise RunError.wrap(error, roots) from error


def _home(pieces: Iterator[Any]) -> tuple[str, ...]:
    """The folder of the code behind a generator, by which errors name files."""
    code = getattr(pieces, "gi_code", None)
    return () if code is None else (os.path.dirname(os.path.realpath(code.co_filename)),)


def _explain(result: Any, error: Exception) -> tuple[str, str]:
    place, found = _culprit(result, "")
    kind = _type_name(found)
    at = f" at result{place}" if place else ""
    message = f"run() returned {kind}{at}, which JSON cannot hold ({error})"
    return message, _advice(found)


def _advice(found: Any) -> str:
    name = _type_name(found)
    if name in ("pandas.DataFrame", "pandas.Series"):
        return 'return frame.to_dict(orient="records")' if name.endswith("Frame") else "return series.tolist()"
    if name.startswith("numpy."):
        return "return result.tolist()"
    if isinstance(found, (bytes, bytearray, memoryview)):
        return "return AMLResponse(data, 200), or data.decode() where it is text"
    if isinstance(found, (set, frozenset)):
        return "return sorted(result)"
    return "return str, numbers, lists or dicts, or an AMLResponse"


def _culprit(value: Any, place: str, depth: int = 0) -> tuple[str, Any]:
    """Where in a nested result the value is that JSON cannot hold."""
    items: Iterable[tuple[str, Any]] = ()
    if depth < 20 and isinstance(value, dict):
        for key in value:
            if not isinstance(key, (str, int, float, bool, type(None))):
                return f"{place} (a key)", key
        items = ((f"[{key!r}]", item) for key, item in value.items())
    elif depth < 20 and isinstance(value, (list, tuple)):
        items = ((f"[{index}]", item) for index, item in enumerate(value))
    for step, item in items:
        try:
            _dumps(item)
        except (TypeError, ValueError, RecursionError):
            return _culprit(item, place + step, depth + 1)
    return place, value


def _type_name(value: Any) -> str:
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    return kind.__name__ if package == "builtins" else f"{package}.{kind.__name__}"
