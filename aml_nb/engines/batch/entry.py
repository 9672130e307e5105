"""The entry script in a worker: imported, its ``init`` called, ``run`` called with a mini-batch."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from aml_nb.engines.batch import rows

_NAME = "entry_module"


class Unfit(Exception):
    """The script cannot be used.

    Parameters
    ----------
    facts : what is told of it (``facts_of``).
    final : whether it would be the same the next time.
    """

    def __init__(self, facts: dict[str, Any], final: bool) -> None:
        super().__init__(facts["message"])
        self.facts, self.final = facts, final


class Entry:
    """An entry script that was imported."""

    def __init__(self, path: str, root: str) -> None:
        self.path = path
        self.roots = tuple(dict.fromkeys(os.path.realpath(each) for each in (root, os.path.dirname(path))))
        self.module = self._import()
        run = getattr(self.module, "run", None)
        if not callable(run):
            raise self._without_run(run)
        self._run: Callable[..., Any] = run
        self._with_context = _takes_context(run)

    def init(self) -> None:
        """Call ``init``, if there is one.

        Raises
        ------
        Unfit : it raised.
        """
        init = getattr(self.module, "init", None)
        if init is None:
            return
        try:
            init()
        except BaseException as error:
            raise Unfit(self.facts_of(error, "init() raised"), False) from error

    def run(self, argument: Any, context: Any) -> Any:
        """Call ``run``; what it raises comes out."""
        return self._run(argument, context) if self._with_context else self._run(argument)

    def shutdown(self) -> None:
        """Call ``shutdown``, if there is one."""
        function = getattr(self.module, "shutdown", None)
        if callable(function):
            function()

    def facts_of(self, error: BaseException, what: str) -> dict[str, Any]:
        """An error as the driver is told of it: what, where in the user's script, and the frames of theirs."""
        from aml_nb.scoring import script_errors

        if isinstance(error, rows.ResultError):
            source = self._run_line()
            message = f"{script_errors.where(source)}{error}"
        else:
            source = script_errors.user_source(error, self.roots)
            said = f"{what} {script_errors.describe(error)}"
            if isinstance(error, SyntaxError) and source is not None:
                said = f"SyntaxError: {error.msg}"
            message = f"{script_errors.where(source)}{said}"
        hint = script_errors.module_hint(error) if isinstance(error, ImportError) else None
        return _told(message, source, hint, "" if source is None else script_errors.user_traceback(error), error)

    def line_of(self, frame: Any) -> dict[str, Any] | None:
        """The innermost line of the user's own script in a frame and those that called it."""
        from aml_nb.scoring import script_errors

        while frame is not None:
            if script_errors.is_users(frame.f_code.co_filename, self.roots):
                source = script_errors.read_source(frame.f_code.co_filename, frame.f_lineno, self.roots)
                return {"file": source.path, "line": source.line, "first": source.first, "lines": list(source.lines)}
            frame = frame.f_back
        return None

    def _import(self) -> ModuleType:
        stem = os.path.splitext(os.path.basename(self.path))[0]
        name = stem if stem.isidentifier() and stem not in sys.modules else _NAME
        spec = importlib.util.spec_from_file_location(name, self.path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        try:
            with open(self.path, "rb") as file:
                text = file.read()
        except OSError as error:
            message = f"There is no entry script {self.path}: {error.strerror}"
            raise Unfit(_told(message, None, "entry_script is relative to source_directory"), True) from error
        sys.modules[name] = module
        try:
            # Neither reads nor writes a .pyc: a script that was edited a moment ago is compiled as it stands.
            exec(compile(text, self.path, "exec"), module.__dict__)
        except BaseException as error:
            final = isinstance(error, (SyntaxError, ImportError))
            raise Unfit(self.facts_of(error, "importing the script raised"), final) from error
        return module

    def _without_run(self, found: Any) -> Unfit:
        from aml_nb.scoring import script_errors

        source = script_errors.read_source(self.path, 1, self.roots)
        what = "has no run() function" if found is None else f"has a run that is {type(found).__name__}, no function"
        return Unfit(_told(f"The entry script {source.path} {what}", source, "def run(mini_batch): …"), True)

    def _run_line(self) -> Any:
        from aml_nb.scoring import script_errors

        code = getattr(inspect.unwrap(self._run), "__code__", None)
        if code is None:
            return None
        return script_errors.read_source(code.co_filename, code.co_firstlineno, self.roots)


def _takes_context(run: Callable[..., Any]) -> bool:
    """Whether ``run`` asks for the mini-batch's context as well."""
    try:
        found = list(inspect.signature(run).parameters.values())
    except (TypeError, ValueError):
        return False
    places = [each for each in found if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return len(places) > 1 and (places[1].default is places[1].empty or "context" in places[1].name)


def _told(
    message: str, source: Any, hint: str | None, traceback: str = "", error: BaseException | None = None
) -> dict[str, Any]:
    return {
        "message": message,
        "type": type(error).__name__ if error is not None else "",
        "hint": hint or "",
        "file": source.path if source else None,
        "line": source.line if source else None,
        "first": source.first if source else None,
        "lines": list(source.lines) if source else [],
        "traceback": traceback,
    }
