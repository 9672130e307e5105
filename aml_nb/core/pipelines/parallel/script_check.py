"""Read the entry script of a parallel step without running it: its syntax, its functions, its imports and models."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aml_nb.core.inference import entry_check
from aml_nb.core.inference.entry_check import EntryCheck, Problem, look

_RUN = "def run(mini_batch):  # one element for each file or row"


def check_batch_script(text: str, path: str, known_models: Callable[[], list[str]] | None = None) -> EntryCheck:
    """Check the text of a script that is to score mini-batches.

    Parameters
    ----------
    text : the script.
    path : where it is to stand; modules beside it count as importable.
    known_models : gives the names of the registered models; None leaves model names unchecked.
    """
    return look(EntryCheck(path, text, cannot="score mini-batches"), _check_functions, known_models)


def _check_functions(tree: ast.Module, check: EntryCheck) -> None:
    found, other = entry_check.defined(tree)
    if "init" in found:
        entry_check.check_init(found["init"], check)
    elif "init" not in other and "*" not in other:
        near = entry_check.near_name("init", found)
        check.problems.append(Problem(0, f"it has no init(){near}", "def init():  # load the model once a process"))
    if "run" in found:
        _check_run(found["run"], check)
    elif "run" not in other and "*" not in other:
        near = entry_check.near_name("run", found)
        check.problems.append(Problem(0, f"it has no run(){near}", _RUN))
    if "shutdown" in found and _needed(found["shutdown"].args):
        line = found["shutdown"].lineno
        check.problems.append(Problem(line, "shutdown() must be callable without arguments", "def shutdown():"))


def _check_run(node: ast.FunctionDef | ast.AsyncFunctionDef, check: EntryCheck) -> None:
    """It is given the mini-batch, and its context where it asks for that."""
    arguments = node.args
    if isinstance(node, ast.AsyncFunctionDef):
        check.problems.append(Problem(node.lineno, "run() is async; it is called and not awaited", _RUN))
    places = [*arguments.posonlyargs, *arguments.args]
    if node.decorator_list:
        return
    if not places and arguments.vararg is None:
        check.problems.append(Problem(node.lineno, "run() needs a parameter for the mini-batch", _RUN))
    needed = _needed(arguments)
    if len(needed) > 2 or any(each not in places for each in needed):
        extra = [each.arg for each in needed if each not in places[:2]]
        message = f"run() is given the mini-batch and its context, and asks for {', '.join(extra)} too"
        check.problems.append(Problem(node.lineno, message, "def run(mini_batch, mini_batch_context):"))
    elif not _returns(node):
        message = "run() returns nothing; it returns one element for each file or row that it scored"
        check.problems.append(Problem(node.lineno, message, "return results"))


def _needed(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters without a default."""
    places = [*arguments.posonlyargs, *arguments.args]
    alone = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [*places[: len(places) - len(arguments.defaults)], *(each for each, default in alone if default is None)]


def _returns(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function itself ever returns a value, or only ever raises."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(each, ast.Raise) or (isinstance(each, ast.Return) and each.value is not None):
            return True
        waiting.extend(ast.iter_child_nodes(each))
    return False
