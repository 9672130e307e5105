"""An article's code blocks, and the words in which a scenario says what is done with each of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve()
FOLDER = Path(os.environ.get("AML_NB_SEEDS") or HERE.parents[2].parent / "shared" / "seeds")


@dataclass(frozen=True)
class Mend:
    """A mistake of the article: what it prints, what it means, and how one can tell."""

    wrong: str
    right: str
    why: str


@dataclass(frozen=True)
class Run:
    """The next block of the article contains ``having``: mend it and run it (or save it as ``save_as``)."""

    having: str
    mends: tuple[Mend, ...] = ()
    save_as: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """The next block of the article contains ``having`` and is not run."""

    having: str
    why: str


@dataclass(frozen=True)
class Given:
    """Code that is not the article's: what it presumes is there."""

    code: str
    why: str


@dataclass(frozen=True)
class Check:
    """Code that is not the article's: what must hold now."""

    code: str


Step = Run | LeftOut | Given | Check


@dataclass(frozen=True)
class Scenario:
    """What is done with an article from the block that contains ``begins`` up to the one with ``ends``."""

    seed: str
    name: str
    steps: tuple[Step, ...]
    begins: str = ""
    ends: str | None = None
    engines: tuple[str, ...] = ("process", "docker")


@dataclass(frozen=True)
class CodeBlock:
    line: int
    code: str


def read(seed: str) -> str | None:
    """The article whose file begins with ``seed``; None where the articles are not at hand."""
    for path in sorted(FOLDER.glob(f"{seed}_*.txt")):
        return path.read_text(encoding="utf-8")
    return None


def blocks(text: str) -> Iterator[CodeBlock]:
    """The fenced blocks in the order in which they stand."""
    for match in re.finditer(r"^( *)```[a-z]* *\n(.*?)^(?:\1| {0,3})```", text, re.S | re.M):
        lines = [line.removeprefix(match[1]) for line in match[2].splitlines()]
        yield CodeBlock(text.count("\n", 0, match.start()) + 2, "\n".join(lines) + "\n")


def mended(block: CodeBlock, step: Run) -> str:
    """The block's code after its mends, each of which must find what it mends."""
    code = block.code
    for mend in step.mends:
        assert mend.wrong in code, f"nothing to mend in line {block.line} ff.: {mend}"
        code = code.replace(mend.wrong, mend.right)
    return code
