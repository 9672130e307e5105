"""How much of SDK v1 is here: v1's public names against what aml_nb answers to them.

``python -m aml_nb.coverage FILE`` writes the page; ``report()`` is what ``aml-nb azureml coverage`` shows.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aml_nb import core
from aml_nb.azureml import _finding, _missing, _presence
from aml_nb.display import html, text
from aml_nb.display.base import Shown

_HEADS = ("module", "names", "members")


@dataclass(frozen=True)
class Name:
    """One public name of a module of v1's, with its public members where it is a class."""

    name: str
    here: bool
    members: dict[str, bool]

    @property
    def missing(self) -> list[str]:
        """The members of a class that is here which are not."""
        return sorted(member for member, here in self.members.items() if not here) if self.here else []


@dataclass(frozen=True)
class Module:
    """One module of v1's."""

    name: str
    names: tuple[Name, ...]

    @property
    def here(self) -> int:
        """How many of its names are here."""
        return sum(name.here for name in self.names)

    @property
    def members(self) -> tuple[int, int]:
        """How many public members of its classes are here, of how many."""
        known = [here for name in self.names for here in name.members.values()]
        return sum(known), len(known)


@dataclass(frozen=True)
class Used:
    """One of the entries that published notebooks use most, in how many of them."""

    entry: str
    documents: int
    here: bool


@dataclass(frozen=True, repr=False)
class Coverage(Shown):
    """v1's modules and the most used entries, each with what is here."""

    modules: tuple[Module, ...]
    used: tuple[Used, ...]

    @cached_property
    def weighted(self) -> float:
        """The share of the most used entries that is here, each weighing as many documents as use it."""
        return sum(u.documents for u in self.used if u.here) / sum(u.documents for u in self.used)

    @property
    def here(self) -> list[Module]:
        """The modules of which anything is here."""
        return [module for module in self.modules if module.here]

    def summary(self) -> str:
        """The counts, in one sentence."""
        names = sum(len(m.names) for m in self.modules)
        members, of = (sum(column) for column in zip(*(m.members for m in self.modules), strict=True))
        return (
            f"{sum(m.here for m in self.modules)} of SDK v1's {names} public names and {members} of {of} members "
            f"are here: {self.weighted:.0%} of what published notebooks use most, "
            f"{sum(u.here for u in self.used)} of {len(self.used)} entries."
        )

    def rows(self) -> list[tuple[str, str, str]]:
        """Module, names here, members here; the modules of which nothing is here make the last row."""
        rows = [
            (m.name, f"{m.here} of {len(m.names)}", "{} of {}".format(*m.members) if m.members[1] else "")
            for m in self.here
        ]
        rest = [m for m in self.modules if not m.here and m.names]
        return [*rows, (f"{len(rest)} other modules", f"0 of {sum(len(m.names) for m in rest)}", "")]

    def as_text(self, paint: text.Paint = text.plain) -> str:
        return f"{self.summary()}\n\n{text.columns(_HEADS, self.rows(), paint)}"

    def as_html(self) -> str:
        return f"<div>{html.cell(self.summary())}</div>{html.table(_HEADS, [list(row) for row in self.rows()])}"

    def as_data(self) -> dict[str, Any]:
        missing = {n.name: n.missing for module in self.here for n in module.names if n.missing}
        return {
            "weighted": round(self.weighted, 4),
            "modules": {m.name: {"here": m.here, "names": len(m.names)} for m in self.modules},
            "missing_members": missing,
            "most_used": {u.entry: u.here for u in self.used},
        }

    def markdown(self) -> str:
        """The page of the documentation."""
        return "\n".join([*_page_head(self), *_page_modules(self), *_page_used(self), *_page_absent(self)]) + "\n"


def report() -> Coverage:
    """Compare v1's names with what is here; imports every part of aml_nb that has a v1 name.

    The whole of ``core`` is imported first: a member of a derived class counts, whoever asked for that class before.
    """
    for module in pkgutil.walk_packages(core.__path__, f"{core.__name__}."):
        importlib.import_module(module.name)
    modules = tuple(_module(name, listed) for name, listed in sorted(_missing.facts()["modules"].items()))
    return Coverage(tuple(m for m in modules if m.names), tuple(_used(modules)))


def _module(name: str, listed: dict[str, Any]) -> Module:
    ours = _finding.import_ours(name)
    # A string says that the name is another module's, or imported there; it is counted where it is at home.
    own = {n: members for n, members in sorted(listed.items()) if not isinstance(members, str)}
    return Module(name, tuple(_name(ours, n, members) for n, members in own.items()))


def _name(module: Any, name: str, members: list[str]) -> Name:
    value = _presence.value(module, name)
    here = value is not None
    return Name(name, here, {m: here and _presence.has_member(value, m) for m in members})


def _used(modules: tuple[Module, ...]) -> Iterator[Used]:
    for entry, _, documents in _missing.facts()["usage"]:
        yield Used(entry, documents, _entry_here(modules, entry))


def _entry_here(modules: tuple[Module, ...], entry: str) -> bool:
    head, _, last = entry.removesuffix("(...)").rpartition(".")
    if entry.startswith("azureml."):
        return _presence.value(_finding.import_ours(head), last) is not None
    name, member = (head, last) if head and head != last else (last, "")
    for module in modules:
        if any(n.name == name and n.here for n in module.names):
            value = _presence.value(_finding.import_ours(module.name), name)
            return not member or _presence.has_member(value, member, below=True)
    return False


def _page_head(coverage: Coverage) -> list[str]:
    return [
        "# Coverage of SDK v1",
        "",
        "Made by `python -m aml_nb.coverage docs/coverage.md`; `aml-nb azureml coverage` shows the counts.",
        "",
        coverage.summary(),
        "",
        "A method that only says that it is not available counts as missing.",
        "",
    ]


def _page_modules(coverage: Coverage) -> list[str]:
    lines = ["## What is here", "", "| module | names | members | missing |", "|---|---|---|---|"]
    for module, (name, names, members) in zip(coverage.here, coverage.rows(), strict=False):
        gone = [n.name for n in module.names if not n.here]
        gone += [f"{n.name}.{member}" for n in module.names for member in n.missing]
        lines.append(f"| `{name}` | {names} | {members} | {', '.join(f'`{g}`' for g in gone)} |")
    return [*lines, ""]


def _page_used(coverage: Coverage) -> list[str]:
    lines = [
        "## The most used entries",
        "",
        "By the number of published notebooks and articles that use each; – is not here yet.",
        "",
        "| entry | documents | here |",
        "|---|---|---|",
    ]
    return [*lines, *(f"| `{u.entry}` | {u.documents} | {'yes' if u.here else '–'} |" for u in coverage.used), ""]


def _page_absent(coverage: Coverage) -> list[str]:
    absent = [m for m in coverage.modules if not m.here]
    lines = [
        "## Modules that can be imported, and nothing more",
        "",
        "Using one of their names raises an error that points here.",
        "",
    ]
    return [*lines, *(f"- `{m.name}` ({len(m.names)} names)" for m in absent)]


def main(arguments: list[str] | None = None) -> None:
    """Write the page to the file named, or to the terminal."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m aml_nb.coverage", description=str(__doc__).splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: the terminal")
    file, page = parser.parse_args(arguments).file, report().markdown()
    if file is None:
        print(page, end="")
    else:
        file.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
