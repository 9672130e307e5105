"""What is known of a failure: its cause, where in the script, what mends it, what Azure would have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aml_nb.errors import Source


@dataclass(frozen=True)
class Diagnosis:
    """Why a web service fails, or a request to it.

    Attributes
    ----------
    cause : a word for it that does not change; docs/diagnosis.md has them all.
    title : the same in a few words.
    why : what happened, in sentences.
    where : the line of the user's script, with its neighbours; None where no line is to blame.
    fix : what to do, a step each.
    azure : what Azure would have shown.
    evidence : the lines of the log that tell it.
    """

    cause: str
    title: str
    why: str
    where: Source | None = None
    fix: tuple[str, ...] = ()
    azure: str = ""
    evidence: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The diagnosis as JSON."""
        return {
            "cause": self.cause,
            "title": self.title,
            "why": self.why,
            "where": None if self.where is None else _place(self.where),
            "fix": list(self.fix),
            "azure": self.azure,
            "evidence": list(self.evidence),
        }

    def __str__(self) -> str:
        parts = [f"{self.title} ({self.cause})", self.why]
        if self.where is not None:
            parts.append(f"\n{self.where}")
        parts += [f"\nFix:\n{numbered(self.fix)}"] if self.fix else []
        parts += ["\nThe log says:\n" + indented(self.evidence)] if self.evidence else []
        parts += [f"\nAzure would have shown:\n{indented(self.azure.splitlines())}"] if self.azure else []
        return "\n".join(parts)

    __repr__ = __str__


def numbered(steps: tuple[str, ...]) -> str:
    """The steps with their numbers, where there are several."""
    if len(steps) == 1:
        return f"  {steps[0]}"
    return "\n".join(f"  {number}. {step}" for number, step in enumerate(steps, 1))


def indented(lines: tuple[str, ...] | list[str]) -> str:
    """The lines, moved to the right."""
    return "\n".join(f"  {line}" for line in lines)


def _place(source: Source) -> dict[str, Any]:
    lines = [
        {"number": number, "text": text, "marked": number == source.line}
        for number, text in enumerate(source.lines, source.first)
    ]
    return {"file": source.path, "line": source.line, "lines": lines}
