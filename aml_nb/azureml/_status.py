"""Who answers to v1's names in this process and in this environment."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from aml_nb import agefixes, alias
from aml_nb.display import html, text
from aml_nb.display.base import Shown


@dataclass(frozen=True)
class Answer:
    """One of v1's top names and who answers to it: ``aml_nb``, ``genuine`` or ``nobody``."""

    name: str
    who: str
    where: str


@dataclass(frozen=True, repr=False)
class Status(Shown):
    """What ``aml-nb azureml status`` shows."""

    answers: tuple[Answer, ...]
    enabled_here: bool
    enabled_in: str | None
    age_fixes: bool

    def rows(self) -> list[tuple[str, str]]:
        """Label and value, a line each."""
        everywhere = f"yes, by {self.enabled_in}" if self.enabled_in else "no (aml-nb azureml enable)"
        return [
            *((f"import {a.name}", f"{a.who}{f' ({a.where})' if a.where else ''}") for a in self.answers),
            ("in this process", "yes" if self.enabled_here else "no (%load_ext aml_nb)"),
            (f"in every process of {sys.prefix}", everywhere),
            ("age fixes (np.float, sklearn.externals.joblib, …)", "on" if self.age_fixes else "off"),
        ]

    def as_text(self, paint: text.Paint = text.plain) -> str:
        width = max(len(label) for label, _ in self.rows())
        return "\n".join(f"{label:<{width}}  {value}" for label, value in self.rows())

    def as_html(self) -> str:
        return html.table(("", ""), [list(row) for row in self.rows()])

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def read() -> Status:
    """The state of things, changing none."""
    path = alias.pth_path()
    return Status(
        answers=tuple(_answer(name) for name in alias.ROOTS),
        enabled_here=alias.enabled_here(),
        enabled_in=path if os.path.exists(path) else None,
        age_fixes=agefixes.Hook in sys.meta_path,
    )


def _answer(name: str) -> Answer:
    # v1's packages share the name azureml; the one that counts is its core.
    inner = _found(f"{name}.core") if name == "azureml" else None
    where = inner or _found(name)
    if where is None:
        return Answer(name, "nobody", "")
    ours = os.path.dirname(alias.__file__)
    return Answer(name, "aml_nb" if where.startswith((ours, "mirror")) else "genuine", where.removeprefix("mirror "))


def _found(name: str) -> str | None:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    real = getattr(spec.loader, "real", None)
    if real is not None:
        return f"mirror {real}"
    return spec.origin or "a namespace package"
