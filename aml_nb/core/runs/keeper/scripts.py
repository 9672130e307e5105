"""A run that is a program of the user's."""

from __future__ import annotations

from pathlib import Path

from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.spec import RunSpec


def keep(folder: Path, spec: RunSpec, book: Book) -> Ending:
    """Run the script and say how it ended."""
    import subprocess

    book.status("Running")
    log = folder / "logs" / spec.log
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        code = subprocess.run(
            [str(spec.python), *spec.arguments], cwd=folder / "work", stdout=output, stderr=output, check=False
        ).returncode
    return Ending.completed() if code == 0 else Ending.failed(f"The script ended with exit code {code}.")
