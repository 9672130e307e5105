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
    """The object of that name, None where there is none."""
    return None if module is None else getattr(module, name, None)


def has_member(cls: Any, name: str, below: bool = False) -> bool:
    """Whether a class has a member that is more than a refusal, or its instances get an attribute of that name.

    Parameters
    ----------
    below : whether a class derived from it counts too.
    """
    if not inspect.isclass(cls):
        return hasattr(cls, name)
    if below and any(has_member(derived, name, below=True) for derived in cls.__subclasses__()):
        return True
    try:
        return not is_refusal(inspect.getattr_static(cls, name))
    except AttributeError:
        return name in attributes(cls)


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
    never = {f.name for f in functions if isinstance(f.returns, ast.Name) and f.returns.id == "NoReturn"}
    return frozenset((f.name, _first_line(f)) for f in functions if _only_refuses(f, never))


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(d.lineno for d in function.decorator_list)])


def _only_refuses(function: ast.FunctionDef, never: set[str]) -> bool:
    body = [node for node in function.body if not isinstance(node, _QUIET)]
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        del body[0]
    if len(body) != 1:
        return False
    (only,) = body
    if isinstance(only, ast.Raise):
        return "available" in ast.unparse(only).partition("(")[0].lower()
    call = only.value if isinstance(only, (ast.Expr, ast.Return)) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in never
