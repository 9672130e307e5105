"""Read an entry script without running it: its syntax, ``init`` and ``run``, its imports, the models it names."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from aml_nb.errors import Source, UserErrorException

V1_NAMES = frozenset({"azureml", "azureml_inference_server_http", "inference_schema"})
"""Packages that every script which aml_nb starts can import, installed or not."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Problem:
    """One thing that would stop the script from serving, and the line it is on (0: none in particular)."""

    line: int
    message: str
    hint: str | None = None


@dataclass
class EntryCheck:
    """What a look at the script found.

    ``models`` are the names it hands to ``get_model_path`` as literals; ``helpers`` the modules it imports
    from files beside it. ``cannot`` says what a problem keeps it from.
    """

    path: str
    text: str
    cannot: str = "serve"
    problems: list[Problem] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)

    def raise_problems(self) -> None:
        """Raise UserErrorException with every problem, showing the lines of the first; none: return."""
        if not self.problems:
            return
        first = self.problems[0]
        message = f"{self.path} cannot {self.cannot}: {first.message}"
        for other in self.problems[1:]:
            where = f" (line {other.line})" if other.line else ""
            message += f"\n  also: {other.message}{where}"
        raise UserErrorException(message, hint=first.hint, source=self._source(first.line))

    def _source(self, line: int, around: int = 2) -> Source | None:
        if not line:
            return None
        first = max(1, line - around)
        return Source(self.path, line, first, tuple(self.text.splitlines()[first - 1 : line + around]))


def check_entry_script(text: str, path: str, known_models: Callable[[], list[str]] | None = None) -> EntryCheck:
    """Check the text of an entry script that is, or will be, at ``path``.

    Parameters
    ----------
    text : the script.
    path : where it is to stand; modules beside it count as importable.
    known_models : gives the names of the registered models; None leaves model names unchecked.
    """
    return look(EntryCheck(path, text), _check_functions, known_models)


def look(
    check: EntryCheck,
    functions: Callable[[ast.Module, EntryCheck], None],
    known_models: Callable[[], list[str]] | None,
) -> EntryCheck:
    """Check what all entry scripts have in common; ``functions`` checks those that this kind of script has."""
    tree = _parse(check.text, check)
    if tree is None:
        return check
    functions(tree, check)
    _check_imports(tree, check)
    _check_models(tree, check, known_models)
    check.problems.sort(key=lambda problem: problem.line or sys.maxsize)
    return check


def _parse(text: str, check: EntryCheck) -> ast.Module | None:
    try:
        return ast.parse(text, check.path)
    except SyntaxError as error:
        line = error.lineno or 0
        magic = text.splitlines()[line - 1].lstrip()[:1] in ("%", "!") if line else False
        hint = "leave magics and shell commands out of an entry script" if magic else "correct that line"
        check.problems.append(Problem(line, f"{error.msg} (line {line})", hint))
    except ValueError as error:
        check.problems.append(Problem(0, str(error)))
    return None


def defined(tree: ast.Module) -> tuple[dict[str, _Function], set[str]]:
    """The module's functions, and its names that are assigned or imported; ``*`` where everything is."""
    found = {node.name: node for node in _top_level(tree.body) if isinstance(node, _Function)}
    return found, _other_names(tree)


def _check_functions(tree: ast.Module, check: EntryCheck) -> None:
    found, other = defined(tree)
    if "init" in found:
        check_init(found["init"], check)
    elif "init" not in other and "*" not in other:
        near = near_name("init", found)
        check.problems.append(Problem(0, f"it has no init(){near}", "def init():  # load the model once"))
    if "run" in found:
        _check_run(found["run"], check)
    elif "run" not in other and "*" not in other:
        near = near_name("run", found)
        check.problems.append(Problem(0, f"it has no run(){near}", "def run(raw_data):  # answer one request"))


def near_name(name: str, found: dict[str, _Function]) -> str:
    """``; did you mean …?`` for a function that is missing, or nothing."""
    near = get_close_matches(name, [f for f in found if f not in ("init", "run")], 1, 0.5)
    return f"; did you mean {near[0]}() on line {found[near[0]].lineno}?" if near else ""


def check_init(node: _Function, check: EntryCheck) -> None:
    """It is called without arguments."""
    arguments = node.args
    wanted = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    wanted += sum(default is None for default in arguments.kw_defaults)
    if isinstance(node, ast.AsyncFunctionDef):
        check.problems.append(Problem(node.lineno, "init() is async; it is called once and not awaited"))
    if wanted:
        check.problems.append(Problem(node.lineno, "init() must be callable without arguments", "def init():"))


def _check_run(node: _Function, check: EntryCheck) -> None:
    arguments = node.args
    hint = "def run(raw_data):"
    if isinstance(node, ast.AsyncFunctionDef):
        check.problems.append(Problem(node.lineno, "run() is async; it is called and not awaited", hint))
    if arguments.posonlyargs:
        check.problems.append(Problem(node.lineno, "run() must not have positional-only parameters", hint))
    for star in (arguments.vararg, arguments.kwarg):
        if star is not None:
            stars = "*" if star is arguments.vararg else "**"
            check.problems.append(Problem(node.lineno, f"run() must not take {stars}{star.arg}", hint))
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    if arguments.vararg or arguments.kwarg:
        return
    if not [name for name in names if name != "request_headers"]:
        check.problems.append(Problem(node.lineno, "run() needs a parameter for the request's body", hint))
    elif not node.decorator_list:
        _check_run_is_given_enough(node, check)


def _check_run_is_given_enough(node: _Function, check: EntryCheck) -> None:
    """A run() without decorators gets the body, and ``request_headers`` where it asks for them."""
    arguments = node.args
    places = [*arguments.posonlyargs, *arguments.args]
    needed = places[: len(places) - len(arguments.defaults)]
    needed += [a for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None]
    extra = [a.arg for a in needed if a.arg != "request_headers"][1:]
    if extra:
        message = f"run() is given the request's body alone, and asks for {', '.join(extra)} too"
        check.problems.append(Problem(node.lineno, message, "def run(raw_data):  # or @input_schema for each"))


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that define names of the module, also those under ``if``, ``try`` and ``with``."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for name in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _other_names(tree: ast.Module) -> set[str]:
    """Names that the module gets by assignment or import; ``*`` where it imports everything from somewhere."""
    names: set[str] = set()
    for node in _top_level(tree.body):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            names.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return names


def _check_imports(tree: ast.Module, check: EntryCheck) -> None:
    folder = Path(check.path).resolve().parent
    seen: set[str] = set()
    for node, guarded in _imports(tree, False):
        for name in _imported(node, check):
            if name in seen:
                continue
            seen.add(name)
            if _beside(name, folder):
                check.helpers.append(name)
            elif not guarded and _only_here(name):
                hint = f"put {name} into {os.path.dirname(check.path) or '.'}, the script's folder"
                check.problems.append(
                    Problem(node.lineno, f"the module {name!r} stays behind: it is in {Path.cwd()}", hint)
                )
            elif not guarded and not resolves(name):
                check.problems.append(Problem(node.lineno, *_missing(name)))


def near_module(name: str) -> str | None:
    """The module that a mistyped name may have meant."""
    near = [each for each in get_close_matches(name, _candidates(), 2, 0.75) if each != name]
    return near[0] if near else None


def _missing(name: str) -> tuple[str, str]:
    near = near_module(name)
    what = f"no module named {name!r} in {sys.executable}"
    if near:
        return f"{what}; did you mean {near}?", f"import {near}"
    return what, f"pip install {name}, or --force when the service gets another environment"


@lru_cache(maxsize=1)
def _candidates() -> tuple[str, ...]:
    """Names that are often mistyped and that this interpreter can import."""
    common = ("numpy", "pandas", "sklearn", "scipy", "joblib", "torch", "tensorflow", "keras", "xgboost", "lightgbm")
    return (*sorted(sys.stdlib_module_names), *sorted(V1_NAMES), *(n for n in common if resolves(n)))


def _imports(node: ast.AST, guarded: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import of the script, and whether a ``try`` guards it against ImportError."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, guarded
        elif isinstance(child, ast.Try):
            for part in child.body:
                wrapper = ast.Module([part], [])
                yield from _imports(wrapper, guarded or bool(child.handlers))
            rest: list[ast.stmt] = [s for h in child.handlers for s in h.body]
            rest += [*child.orelse, *child.finalbody]
            yield from _imports(ast.Module(rest, []), guarded)
        else:
            yield from _imports(child, guarded)


def _imported(node: ast.Import | ast.ImportFrom, check: EntryCheck) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.split(".")[0] for alias in node.names)
    elif node.level:
        dots = "." * node.level + (node.module or "")
        message = f"relative import 'from {dots} import …'; an entry script belongs to no package"
        check.problems.append(Problem(node.lineno, message, f"from {node.module or 'helper'} import …"))
    elif node.module:
        yield node.module.split(".")[0]


def _beside(name: str, folder: Path) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


def resolves(name: str) -> bool:
    """Whether a script that aml_nb starts in this interpreter can import the top-level module ``name``."""
    if name in V1_NAMES or name in sys.builtin_module_names or name in sys.modules:
        return True
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _only_here(name: str) -> bool:
    """Whether this process finds the module in its current folder and nowhere else."""
    here = Path.cwd()
    if name in V1_NAMES or not _beside(name, here):
        return False
    elsewhere = [place for place in sys.path if place and Path(place) != here]
    return name not in sys.builtin_module_names and PathFinder.find_spec(name, elsewhere) is None


def _check_models(tree: ast.Module, check: EntryCheck, known: Callable[[], list[str]] | None) -> None:
    named = list(_named_models(tree))
    check.models = list(dict.fromkeys(name for name, _ in named))
    if not named or known is None:
        return
    names = known()
    reported: set[str] = set()
    for name, line in named:
        if name in names or name in reported:
            continue
        reported.add(name)
        near = get_close_matches(name, names, 3, 0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "%register NAME PATH, or --force to write it anyway"
        check.problems.append(Problem(line, f"no model named {name!r} is registered", hint))


def _named_models(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _called(node.func) != "get_model_path":
            continue
        given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "model_name")]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, node.lineno


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
