"""Requests that wait together, scored by one call of the entry script's ``run()``.

A model takes nearly as long for one row as for fifty, so a worker that has several requests waiting answers them
faster in one call. A script asks for it, since only its author knows whether its rows may be scored together:

    from aml_nb import merge_requests

    @merge_requests
    def run(requests):
        rows = [json.loads(text)["data"] for text in requests]
        return model.predict(rows).tolist()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from aml_nb.scoring.binding import Run, decode
from aml_nb.scoring.request import Request
from aml_nb.scoring.script_errors import Interruption, ResultError, RunError, ScoringError

MAX_REQUESTS = 64
MAX_BYTES = 1024 * 1024
_MARK = "merging"

Function = TypeVar("Function", bound=Callable[..., Any])


class Merging:
    """How much one call of ``run()`` may get; ``init()`` may still change it."""

    __slots__ = ("max_bytes", "max_requests")

    def __init__(self, max_requests: int, max_bytes: int) -> None:
        for name, value in (("max_requests", max_requests), ("max_bytes", max_bytes)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"merge_requests takes a whole number from 1 up as {name}, not {value!r}")
        self.max_requests = max_requests
        self.max_bytes = max_bytes


@overload
def merge_requests(run: Function, /) -> Function: ...
@overload
def merge_requests(
    *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES
) -> Callable[[Function], Function]: ...
def merge_requests(run: Any = None, /, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> Any:
    """Let one call of ``run()`` score all requests that are waiting.

    ``run()`` then gets a list of what it would get one by one, the bodies as text, and returns a list with one
    result for each, in the same order. Nothing waits for company: a request that is alone comes as a list of one.
    A result that is an exception fails its own request. When a call with several raises, or returns another number
    of results, each of its requests is scored by a call of its own, so that a bad one fails alone. The time limit
    of a request is that of the call it is in.

    Parameters
    ----------
    max_requests : how many requests one call gets at most.
    max_bytes : how long their bodies may be together; a longer one comes alone.

    Raises
    ------
    ValueError : a limit is no whole number from 1 up.
    TypeError : it is given something else than a function.
    """

    def mark(function: Any) -> Any:
        if not callable(function):
            raise TypeError(f"merge_requests decorates run(), not {function!r}; its limits are given by name")
        setattr(function, _MARK, Merging(max_requests, max_bytes))
        return function

    return mark if run is None else mark(run)


def merging_of(run: Any) -> Merging | None:
    """What ``@merge_requests`` said about ``run``; None where it is not decorated."""
    found = getattr(run, _MARK, None)
    return found if isinstance(found, Merging) else None


class Merged:
    """Calls a ``run()`` that scores several requests at once; ``limits`` says how many."""

    def __init__(self, run: Run, limits: Merging, name: str | None, roots: Sequence[str]) -> None:
        self.limits = limits
        self._run, self._name, self._roots = run, name, roots

    def one(self, request: Request) -> Any:
        """The result for a request by itself; raises ScoringError where it has none."""
        result = self._call([decode(request)])[0]
        if isinstance(result, ScoringError):
            raise result
        if isinstance(result, BaseException):
            raise RunError.wrap(result, self._roots)
        return result

    def all(self, requests: Sequence[Request]) -> Sequence[Any]:
        """A result for each request, in their order; an exception stands for a request that failed.

        Raises ScoringError where the call failed as a whole.
        """
        return self._call([decode(request) for request in requests])

    def _call(self, texts: list[str]) -> Sequence[Any]:
        count = len(texts)
        try:
            results = self._run(texts) if self._name is None else self._run(**{self._name: texts})
        except (Interruption, ScoringError):
            raise
        except BaseException as error:
            raise RunError.wrap(error, self._roots) from error
        if not isinstance(results, (list, tuple)):
            raise ResultError(
                f"run() is decorated with @merge_requests and returned {type(results).__name__}, not a list",
                hint="return [result, ...], one for each request (array.tolist() of an array)",
            )
        if len(results) != count:
            raise ResultError(
                f"run() is decorated with @merge_requests, was given {count} requests and returned "
                f"{len(results)} results",
                hint="return one result for each request, in their order",
            )
        return results
