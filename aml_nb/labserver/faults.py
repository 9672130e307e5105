"""What went wrong, as every route tells it: ``{"code", "message", "hint", "where"?}`` and a status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError

from aml_nb.errors import AmlError, AzureMLException, Source, StoreError

_LONGEST = 4000
_HINTS = {
    401: "open JupyterLab again with the address that the server printed: it has the token",
    403: "reload the page; if that does not help, open JupyterLab with the address that the server printed",
    404: "pip install -U aml_nb, and reload the page: panel and server are of different versions",
    405: "pip install -U aml_nb, and reload the page: panel and server are of different versions",
}


class Refusal(AmlError):
    """The request itself cannot be right."""

    code, status = "bad-request", 400


class NothingThereError(AmlError):
    """What was asked for is not in the workspace."""

    code, status = "not-found", 404


def told(error: BaseException | None, status: int = 500) -> tuple[int, dict[str, Any]]:
    """The status and the body that tell of an error."""
    if isinstance(error, AmlError):
        return status_of(error), body_of(error)
    if isinstance(error, HTTPError):
        status = error.status_code
    elif error is not None:
        status = 500
    if status >= 500:
        message, code = "The server extension of aml_nb failed; the server's log has the traceback.", "internal"
        return status, {"code": code, "message": message, "hint": "reload the page; if it stays, report it"}
    said = error.log_message if isinstance(error, HTTPError) and error.log_message else phrase(status)
    return status, {"code": _slug(phrase(status)), "message": str(said)[:_LONGEST], "hint": _HINTS.get(status)}


def status_of(error: AmlError) -> int:
    """The HTTP status of an error that was raised on purpose: never 500 for what v1 calls a user's error."""
    told_status = getattr(error, "status_code", None)
    if isinstance(told_status, int) and 400 <= told_status < 500:
        return told_status
    if error.status >= 500 and isinstance(error, AzureMLException) and not isinstance(error, StoreError):
        return 400
    return error.status


def body_of(error: AmlError) -> dict[str, Any]:
    """The body of an error that was raised on purpose."""
    body: dict[str, Any] = {
        "code": error.code,
        "message": (error.brief or error.message)[:_LONGEST],
        "hint": error.hint,
    }
    if error.source is not None:
        body["where"] = where(error.source)
    return body


def where(source: Source) -> dict[str, Any]:
    """The lines of the user's script."""
    return {
        "file": source.path,
        "line": source.line,
        "lines": [
            {"number": number, "text": text, "marked": number == source.line}
            for number, text in enumerate(source.lines, source.first)
        ],
    }


def phrase(status: int) -> str:
    """The words of an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")
