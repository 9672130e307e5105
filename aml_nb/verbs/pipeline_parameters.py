"""The values that a published pipeline is called with, out of words, and what is wrong with them in words."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aml_nb.errors import AmlError
from aml_nb.verbs.known import pairs

if TYPE_CHECKING:
    from aml_nb.verbs.context import Context


def parameters(args: Namespace, context: Context, document: dict[str, Any]) -> dict[str, Any]:
    """The values of ``--param``: text as it is, datasets by name, places as ``datastore/path``, variables whole."""
    types = {name: told["type"] for name, told in document["graph"]["parameters"].items()}
    found: dict[str, Any] = {}
    for text in args.param or []:
        held = getattr(text, "value", None)
        ((name, value),) = (pairs([text], "--param") or {}).items()
        found[name] = held if held is not None else _typed(context, types.get(name), value)
    return found


def _typed(context: Context, kind: str | None, value: str) -> Any:
    if kind == "dataset":
        from aml_nb.verbs.finding_runs import find_dataset

        return find_dataset(context.workspace, value)
    if kind == "datapath":
        store, _, path = value.partition("/")
        return {"DataStoreName": store, "RelativePath": path}
    return value


@contextmanager
def verb_hints(name: str, document: dict[str, Any]) -> Iterator[None]:
    """What v1's objects advise, as verbs: nobody here holds an object."""
    try:
        yield
    except AmlError as error:
        hint = error.hint or ""
        known = document["graph"]["parameters"]
        if ".enable()" in hint:
            error.hint = f"%pipeline enable {name}"
        elif "PipelineParameter(" in hint or hint.startswith("{"):
            shown = " ".join(f"--param {each}=…" for each in known)
            error.hint = shown or f"%pipeline run {name}  (it takes none)"
        elif "get_default_datastore" in hint:
            error.hint = "--datastore workspaceblobstore"
        raise
