"""Whether a v1 name, or a member of a v1 class, is here and does something."""

from __future__ import annotations

import ast
import dis
import inspect
from functools import cache, partial
from types import FunctionType
from typing import Any

_QUIET = (ast.Import, ast.ImportFrom, ast.Delete)


def value(module: Any, name: str) -> Any:
    """The object of that name; None where there is none, or a class that only says that it is not available."""
    found = None if module is None else getattr(module, name, None)
    if inspect.isclass(found):
        made = vars(found).get("__new__") or vars(found).get("__init__")
        return None if is_refusal(made) else found
    return found


def has_member(cls: Any, name: str, below: bool = False) -> bool:
    """Whether a class has a member that is more than a refusal, or its instances get an attribute of that name.

    Parameters
    ----------
    below : whether a class derived from it counts too, and those whose instances calling it gives (``_gives``).
    """
    if not inspect.isclass(cls):
        return hasattr(cls, name)
    others = [*_derived(cls), *vars(cls).get("_gives", ())] if below else []
    if any(has_member(other, name, below=True) for other in others):
        return True
    try:
        return not is_refusal(inspect.getattr_static(cls, name))
    except AttributeError:
        return name in attributes(cls)  # type: ignore[arg-type]


def _derived(cls: Any) -> list[type]:
    """Its classes of this package: one that a user's script derives says nothing about what is here."""
    derived: list[type] = cls.__subclasses__()
    return [cls for cls in derived if cls.__module__.partition(".")[0] == "aml_nb"]


@cache
def attributes(cls: type) -> frozenset[str]:
    """What the methods of a class assign on an instance, and what the class declares."""
    found: set[str] = set()
    for base in cls.__mro__:
        found.update(getattr(base, "__annotations__", ()))
        for member in vars(base).values():
            function = function_of(member)
            if function is not None:
                found.update(i.argval for i in dis.get_instructions(function) if i.opname == "STORE_ATTR")
    return frozenset(found)


def function_of(member: Any) -> FunctionType | None:
    """The Python function behind a method, a property or a static or class method."""
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, partial):
        member = member.func
    member = getattr(member, "__func__", member)
    return member if isinstance(member, FunctionType) else None


def is_refusal(member: Any) -> bool:
    """Whether all that a member does is to raise NotAvailableError."""
    function = function_of(member)
    if function is None:
        return False
    where = function.__code__
    return (where.co_name, where.co_firstlineno) in _refusals(where.co_filename)


@cache
def _refusals(path: str) -> frozenset[tuple[str, int]]:
    """Name and first line of the functions in a file that only refuse."""
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError):
        return frozenset()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    helpers = {f.name for f in functions if f.returns and ast.unparse(f.returns) in ("NoReturn", "NotAvailableError")}
    return frozenset((f.name, _first_line(f)) for f in functions if _only_refuses(f, helpers))


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(d.lineno for d in function.decorator_list)])


def _only_refuses(function: ast.FunctionDef, helpers: set[str]) -> bool:
    """Whether all it does is to raise NotAvailableError, itself or through a helper of its file."""
    body = [node for node in function.body if not isinstance(node, _QUIET)]
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        del body[0]
    if len(body) != 1:
        return False
    (only,) = body
    asked = only.exc if isinstance(only, ast.Raise) else getattr(only, "value", None)
    called = asked.func.id if isinstance(asked, ast.Call) and isinstance(asked.func, ast.Name) else ""
    return called in helpers or (isinstance(only, ast.Raise) and called == "NotAvailableError")
