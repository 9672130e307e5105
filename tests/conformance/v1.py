"""Facts about SDK v1's public surface (names, parameters, kinds, defaults, bases), and how ours differs from them."""

from __future__ import annotations

import ast
import gzip
import inspect
import json
import logging
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from aml_nb.azureml import _finding, _presence

FACTS = Path(__file__).parent.parent / "facts" / "v1.json.gz"
KINDS = {
    "p": inspect.Parameter.POSITIONAL_ONLY,
    "pk": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "k": inspect.Parameter.KEYWORD_ONLY,
    "*": inspect.Parameter.VAR_POSITIONAL,
    "**": inspect.Parameter.VAR_KEYWORD,
}
CALLABLE = ("method", "staticmethod", "classmethod")
UNKNOWN = object()


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    return json.loads(gzip.decompress(FACTS.read_bytes()))


def place(qualified: str) -> tuple[str, str]:
    """The module and the name in it under which users import what v1 defines there."""
    public = {home: name for name, home in reversed(facts()["reexports"].items())}
    module, _, name = qualified.rpartition(".")
    while module in facts()["classes"]:
        module, _, outer = module.rpartition(".")
        name = f"{outer}.{name}"
    if any(part.startswith("_") for part in module.split(".")):
        module, _, name = public.get(qualified, qualified).rpartition(".")
    return module, name


def ours(qualified: str) -> Any:
    """What aml_nb has under that name, None where it has nothing."""
    module, name = place(qualified)
    found: Any = _finding.import_ours(module)
    for part in name.split("."):
        found = _presence.value(found, part)
    return None if isinstance(found, ModuleType) else found


def present(kind: str) -> list[str]:
    """v1's classes or functions that aml_nb has."""
    return [
        qualified
        for qualified, known in sorted(facts()[kind].items())
        if not (isinstance(known, dict) and known.get("private")) and ours(qualified) is not None
    ]


def members(qualified: str) -> dict[str, list[Any]]:
    """A v1 class's members, its bases' included."""
    known = facts()["classes"].get(qualified, {"bases": [], "members": {}})
    found: dict[str, list[Any]] = {}
    for base in reversed(known["bases"]):
        found |= members(base)
    return found | known["members"]


def attributes(qualified: str) -> set[str]:
    """What a v1 class's instances have besides."""
    known = facts()["classes"].get(qualified, {"bases": []})
    return set(known.get("attributes", ())).union(*(attributes(base) for base in known["bases"]))


def class_differences(qualified: str) -> Iterator[tuple[str, str]]:
    """Member and difference, for every member that both have."""
    cls = ours(qualified)
    yield from ((qualified, text) for text in _bases(qualified, cls))
    for name, (kind, *known) in members(qualified).items():
        path = f"{qualified}.{name}"
        if kind == "constructor":
            if name == "__init__":
                yield from ((path, text) for text in _constructor(cls, known[0]))
        elif not name.startswith("_") and _presence.has_member(cls, name):
            yield from ((path, text) for text in _member(cls, name, kind, known))


def _bases(qualified: str, cls: type) -> Iterator[str]:
    for base in facts()["classes"][qualified]["bases"]:
        if base == "Exception":
            counterpart: Any = Exception
        elif base in facts()["classes"] and not facts()["classes"][base].get("private"):
            counterpart = ours(base)
        else:
            continue
        if counterpart is not None and not issubclass(cls, counterpart):
            yield f"is no {base}"


def _constructor(cls: type, known: list[list[Any]]) -> Iterator[str]:
    own = next((c for c in cls.__mro__ if "__init__" in vars(c) or "__new__" in vars(c)), object)
    if own is object:
        if known:
            yield f"takes nothing, v1's takes {_names(known)}"
        return
    function = vars(own).get("__init__") or vars(own)["__new__"].__func__
    yield from differences(known, function, bound=True)


def _member(cls: type, name: str, kind: str, known: list[Any]) -> Iterator[str]:
    try:
        raw = inspect.getattr_static(cls, name)
    except AttributeError:
        if kind in CALLABLE:
            yield f"is an attribute, v1's is a {kind}"
        return
    if kind not in CALLABLE:
        yield from _value(raw, kind, known)
        return
    function = _presence.function_of(raw)
    if function is None or isinstance(raw, property):
        if not callable(getattr(cls, name)):
            yield f"is no method, v1's is a {kind}"
        return
    static = isinstance(raw, (staticmethod, classmethod))
    if static != (kind != "method"):
        yield f"is {'called on the class' if static else 'a method'}, v1's is a {kind}"
    yield from differences(known[0], function, bound=not isinstance(raw, staticmethod))


def _value(raw: Any, kind: str, known: list[Any]) -> Iterator[str]:
    if _presence.function_of(raw) is not None and not isinstance(raw, property):
        yield f"is a method, v1's is a {kind}"
    elif known and (value := literal(known[0])) is not UNKNOWN:
        found = getattr(raw, "value", raw)
        if not isinstance(raw, property) and not hasattr(raw, "__get__") and found != value:
            yield f"is {found!r}, v1's is {value!r}"


def differences(known: list[list[Any]], function: Any, bound: bool) -> Iterator[str]:
    """How a signature differs from v1's; more optional keyword-only parameters are no difference."""
    have = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    extra = {p.name: p for p in have}
    order = [p.name for p in have if p.name in {name for name, _, _ in known}]
    if order != [name for name, _, _ in known if name in extra]:
        yield f"has {order} in another order than v1's {_names(known)}"
    for name, kind, default in known:
        parameter = extra.pop(name, None)
        if parameter is None and kind in ("*", "**"):
            parameter = next((p for p in have if p.kind == KINDS[kind]), None)
            extra.pop(parameter.name if parameter else "", None)
        if parameter is None:
            yield f"lacks {name}"
        elif parameter.kind != KINDS[kind]:
            yield f"takes {name} as {parameter.kind.description}, v1 as {KINDS[kind].description}"
        else:
            yield from _default(parameter, kind, default)
    for parameter in extra.values():
        if parameter.kind != parameter.KEYWORD_ONLY or parameter.default is parameter.empty:
            yield f"takes {parameter.name}, which v1 does not"


def _default(parameter: inspect.Parameter, kind: str, default: str | None) -> Iterator[str]:
    if kind in ("*", "**"):
        return
    have = parameter.default
    if default is None:
        if have is not parameter.empty:
            yield f"has a default for {parameter.name}, v1 requires it"
        return
    value = literal(default)
    if have is parameter.empty:
        yield f"requires {parameter.name}, v1's default is {default}"
    elif value is UNKNOWN:
        if "." in default and default != "..." and getattr(have, "name", None) != default.rpartition(".")[2]:
            yield f"has {have!r} for {parameter.name}, v1 has {default}"
    elif have != value or (have is None) != (value is None):
        yield f"has {have!r} for {parameter.name}, v1 has {value!r}"


def literal(text: str) -> Any:
    """The value of a literal; of the few expressions that are no literals; else UNKNOWN."""
    plain = {
        "dict()": {},
        "logging.INFO": logging.INFO,
        "logging.WARNING": logging.WARNING,
        "sys.maxsize": sys.maxsize,
        "...": UNKNOWN,
    }
    if text in plain:
        return plain[text]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return UNKNOWN


def _names(known: list[list[Any]]) -> list[str]:
    return [name for name, _, _ in known]
