"""A request and its reply, as the server hands them to the entry script and takes them back."""

from __future__ import annotations

from collections.abc import Iterator


class Request:
    """One HTTP request: ``headers`` have lower-cased names, ``query`` is what stands after the ``?``."""

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body


class Reply:
    """One HTTP answer; a ``body`` that is an iterator of bytes is streamed as it comes.

    ``run_failed`` says that the entry script itself reported a failure (``x-ms-run-function-failed``).
    """

    __slots__ = ("body", "content_type", "headers", "run_failed", "status")

    def __init__(
        self,
        status: int,
        body: bytes | Iterator[bytes],
        content_type: str = "application/json",
        headers: list[tuple[str, str]] | None = None,
        run_failed: bool = False,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers or []
        self.run_failed = run_failed
