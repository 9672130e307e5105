"""The user's entry script: imported as v1's server does, checked, and ready to be called.

script = EntryScript.load("src/score.py", "src")
script.init()
reply = encode(script.invoke(request))
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from aml_nb.errors import Source
from aml_nb.scoring import batching, binding
from aml_nb.scoring.encode import encode
from aml_nb.scoring.script_errors import (
    EntryScriptError,
    InputError,
    ResultError,
    RunError,
    ScoringError,
    describe,
    module_hint,
    read_source,
    short_path,
    user_source,
    user_traceback,
    where,
)

__all__ = [
    "EntryScript",
    "EntryScriptError",
    "InputError",
    "ResultError",
    "RunError",
    "ScoringError",
    "encode",
]

MODULE_NAME = "entry_module"
_HEADERS = "request_headers"
_NO_SOURCE_DIRECTORY_HINT = "entry_script is relative to InferenceConfig's source_directory"


class EntryScript:
    """One loaded script.

    Attributes
    ----------
    path : the script's absolute path.
    kind : "raw" (run gets the body as text), "schema" (keyword arguments from a JSON object) or
        "rawhttp" (the whole request).
    schema_util : the inference_schema module that knows run()'s samples, or None.
    takes_headers : whether run() asks for ``request_headers``.
    parameters : the names run() takes, without ``request_headers``.
    methods : the HTTP methods that reach run().
    merged : calls run() for several requests at once, where it is decorated with @merge_requests; else None.
    invoke : takes a ``Request``, returns what run() returned. Raises InputError or RunError.
    """

    __slots__ = (
        "_init",
        "invoke",
        "kind",
        "merged",
        "methods",
        "module",
        "parameters",
        "path",
        "roots",
        "run",
        "schema_util",
        "takes_headers",
    )

    def __init__(self, path: str, module: ModuleType, roots: tuple[str, ...], raw_http: bool) -> None:
        self.path = path
        self.module = module
        self.roots = roots
        self._init: Callable[[], Any] = self._required("init", "script-no-init")
        self.run: Callable[..., Any] = self._required("run", "script-no-run")
        parameters = self._check_init_and_run()
        self.takes_headers = _HEADERS in parameters
        self.parameters = tuple(name for name in parameters if name != _HEADERS)
        self.schema_util = _schema_util(self.run)
        self.kind = self._kind_of_run(raw_http)
        self._check_parameters(parameters)
        self.methods = binding.RAW_HTTP_METHODS if self.kind == "rawhttp" else binding.METHODS
        self.merged: batching.Merged | None = None
        self.invoke: binding.Invoke = self._bind(parameters)

    @classmethod
    def load(cls, path: str, source_directory: str | None = None) -> EntryScript:
        """Import the script at ``path`` and check its init() and run().

        ``source_directory`` is appended to ``sys.path``, as is the folder that the server runs in, and the one below
        them that ``AZUREML_EXTRA_PYTHON_LIB_PATH`` names, as in v1's prebuilt images.

        Raises
        ------
        EntryScriptError
            It is not there, cannot be imported, or its init() or run() are not what a server can call.
        """
        full = os.path.abspath(path)
        folder = os.path.abspath(source_directory or os.path.dirname(full))
        roots = tuple(dict.fromkeys(os.path.realpath(f) for f in (folder, os.path.dirname(full))))
        if not os.path.isfile(full):
            raise EntryScriptError(
                "script-not-found", f"There is no entry script {path}", hint=_NO_SOURCE_DIRECTORY_HINT
            )
        for place in (os.getcwd(), folder, *_extra_libraries(folder)):
            if place not in sys.path:
                sys.path.append(place)
        with _watch_raw_http() as raw_http:
            module = _import(full, roots)
        return cls(full, module, roots, bool(raw_http))

    def init(self) -> None:
        """Call the script's init(); whatever it raises comes out as an EntryScriptError "init-failed"."""
        try:
            self._init()
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            source = user_source(error, self.roots) or self._definition(self._init)
            raise EntryScriptError(
                "init-failed",
                f"{where(source)}init() raised {describe(error)}",
                hint=module_hint(error) if isinstance(error, ImportError) else None,
                source=source,
                traceback=user_traceback(error),
            ) from error

    @property
    def name(self) -> str:
        """The script's path as its user knows it, relative to the source directory."""
        return short_path(self.path, self.roots)

    def description(self) -> str:
        """One line for the log: how run() will be called."""
        if self.kind == "rawhttp":
            return "run() is decorated with @rawhttp. Server will invoke it with the flask request object."
        if self.kind == "schema":
            names = ", ".join(self.parameters)
            return (
                f"run() is decorated with @input_schema. Server will invoke it with the following arguments: {names}."
            )
        if self.merged is not None:
            return "run() is decorated with @merge_requests. Server will invoke it with a list of JSON strings."
        return "run() is not decorated. Server will invoke it with the input in JSON string."

    def _required(self, name: str, code: str) -> Any:
        found = getattr(self.module, name, None)
        if callable(found):
            return found
        source = read_source(self.path, 1, self.roots)
        what = f"does not have a {name}() function defined"
        if found is not None:
            what = f"has a {name} that is {type(found).__name__}, not a function"
        arguments = "" if name == "init" else "raw_data"
        raise EntryScriptError(
            code, f"User script at {self.name} {what}.", hint=f"def {name}({arguments}): …", source=source
        )

    def _check_init_and_run(self) -> dict[str, inspect.Parameter]:
        for parameter in _signature(self._init).values():
            if parameter.default is parameter.empty and parameter.kind not in _VARIADIC:
                raise self._bad_signature(self._init, "init() is called without arguments", "def init():")
        if inspect.iscoroutinefunction(self.run):
            raise self._bad_signature(self.run, "run() cannot be async; it is called from a thread", None)
        parameters = _signature(self.run)
        if any(p.kind in _NOT_BY_NAME for p in parameters.values()):
            said = "run() cannot accept positional-only arguments, *args, or **kwargs."
            raise self._bad_signature(self.run, said, "def run(raw_data):")
        return parameters

    def _kind_of_run(self, raw_http: bool) -> str:
        schema = self.schema_util is not None
        merging = batching.merging_of(self.run) is not None
        found = {"@rawhttp": raw_http, "@input_schema": schema, "@merge_requests": merging}
        both = [name for name, there in found.items() if there]
        if len(both) > 1:
            raise self._bad_signature(self.run, f"run() cannot be decorated with both {' and '.join(both)}", None)
        if merging and self.takes_headers:
            said = f"run() gets the bodies of several requests by @merge_requests, and no {_HEADERS}"
            raise self._bad_signature(self.run, said, "def run(requests):")
        return "rawhttp" if raw_http else "schema" if schema else "raw"

    def _check_parameters(self, parameters: dict[str, inspect.Parameter]) -> None:
        if self.kind == "schema":
            described = self.schema_util.get_input_schema(self.run).get("properties", {})
            unknown = [name for name in described if name not in parameters]
            if unknown:
                said = f"run() has no parameter {', '.join(unknown)}, which @input_schema names"
                raise self._bad_signature(self.run, said, None)
            return
        if not self.parameters:
            said = "run() needs to accept an argument for input data."
            if self.takes_headers:
                said = f'run() needs to accept an argument other than "{_HEADERS}".'
            raise self._bad_signature(self.run, said, "def run(raw_data):")
        extra = [n for n in self.parameters[1:] if parameters[n].default is inspect.Parameter.empty]
        if extra:
            said = f"run() is given the request's body alone, and asks for {', '.join(extra)} too"
            hint = "@input_schema for each parameter, or one parameter and json.loads(raw_data)"
            raise self._bad_signature(self.run, said, hint)

    def _bind(self, parameters: dict[str, inspect.Parameter]) -> binding.Invoke:
        if self.kind == "schema":
            needed = {n: parameters[n].default is inspect.Parameter.empty for n in self.parameters}
            return binding.bind_schema(self.run, needed, self.takes_headers, self.roots)
        name = self.parameters[0]
        if self.kind == "rawhttp":
            return binding.bind_raw_http(self.run, name, self.takes_headers, self.roots)
        if self.takes_headers:
            return binding.bind_raw_with_headers(self.run, name, self.roots)
        first = next(iter(parameters.values()))
        keyword = name if first.kind is inspect.Parameter.KEYWORD_ONLY else None
        merging = batching.merging_of(self.run)
        if merging is not None:
            self.merged = batching.Merged(self.run, merging, keyword, self.roots)
            return self.merged.one
        return binding.bind_raw(self.run, keyword, self.roots)

    def _bad_signature(self, function: Any, said: str, hint: str | None) -> EntryScriptError:
        source = self._definition(function)
        return EntryScriptError("script-signature", f"{where(source)}{said}", hint=hint, source=source)

    def _definition(self, function: Any) -> Source | None:
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is None:
            return None
        line = code.co_firstlineno
        try:
            lines, line = inspect.getsourcelines(code)
            line += next((i for i, text in enumerate(lines) if text.lstrip().startswith("def ")), 0)
        except OSError:
            pass
        return read_source(code.co_filename, line, self.roots)


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_NOT_BY_NAME = (inspect.Parameter.POSITIONAL_ONLY, *_VARIADIC)


def _signature(function: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


class _Source(SourceFileLoader):
    """Neither reads nor writes a .pyc: a script that was edited a moment ago is compiled as it stands."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _extra_libraries(folder: str) -> list[str]:
    """The folder with more modules that a variable names, relative to the sources or to where the server runs."""
    named = os.environ.get("AZUREML_EXTRA_PYTHON_LIB_PATH")
    places = [os.path.join(root, named) for root in (folder, os.getcwd())] if named else []
    return [place for place in places if os.path.isdir(place)][:1]


def _import(path: str, roots: tuple[str, ...]) -> ModuleType:
    loader = _Source(MODULE_NAME, path)
    spec = importlib.util.spec_from_file_location(MODULE_NAME, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    try:
        loader.exec_module(module)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        del sys.modules[MODULE_NAME]
        raise _import_error(path, error, roots) from error
    return module


def _import_error(path: str, error: BaseException, roots: tuple[str, ...]) -> EntryScriptError:
    source = user_source(error, roots) or read_source(path, 1, roots)
    syntax = isinstance(error, SyntaxError)
    said = f"SyntaxError: {error.msg}" if isinstance(error, SyntaxError) else describe(error)
    return EntryScriptError(
        "script-syntax" if syntax else "script-import",
        f"{where(source)}{said if syntax else 'importing the script raised ' + said}",
        hint=module_hint(error) if isinstance(error, ImportError) else None,
        source=source,
        traceback=user_traceback(error),
    )


@contextmanager
def _watch_raw_http() -> Iterator[list[bool]]:
    """Hold True, after the body, if anything in it was decorated with @rawhttp, by us or by v1's own package."""
    told: list[bool] = []
    before = _raw_http_count()
    yield told
    if _raw_http_count() > before:
        told.append(True)


def _raw_http_count() -> int:
    ours = sys.modules.get("aml_nb.scoring.aml_http")
    genuine = sys.modules.get("azureml_inference_server_http.api.aml_request")
    counted: int = ours.decorated if ours is not None else 0
    return counted + bool(getattr(genuine, "_rawHttpRequested", False))


def _schema_util(run: Any) -> Any:
    """The ``schema_util`` module, ours or inference-schema's own, whose decorators ``run`` has; else None."""
    for name in ("inference_schema.schema_util", "aml_nb.scoring.inference_schema.schema_util"):
        module = sys.modules.get(name)
        if module is not None and module.is_schema_decorated(run):
            return module
    return None
