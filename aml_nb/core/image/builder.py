"""Builds one image or package: ``python -m aml_nb.core.image.builder WORKSPACE KIND ID FOLDER``.

Started by ``building.launch``, which gives it the lock that says that it lives. Whatever it prints is the build's
log. FOLDER is where the user was, for paths of theirs.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.image import building, making, specification
from aml_nb.core.image.recipe import Recipe, laid
from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def main(argv: list[str]) -> int:
    """Build, and write down what became of it."""
    from aml_nb.core.workspace import Workspace

    folder, kind, key, here = argv
    signal.signal(signal.SIGTERM, _stop)
    with suppress(OSError):
        os.chdir(here)
    workspace = Workspace._open(Path(folder))
    record = building.records(workspace, kind).get(key)
    if record is None:
        return 1
    try:
        _note(workspace, kind, key, {"creationState": building.RUNNING})
        made = _build(workspace, kind, record)
    except BaseException as error:
        _note(workspace, kind, key, {"creationState": building.FAILED, "error": _explained(record, error)})
        return 1
    _note(workspace, kind, key, {**made, "creationState": building.SUCCEEDED})
    return 0


def say(line: str) -> None:
    """Write a line of the log."""
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')}: {line}" if line.strip() else line)


def _build(workspace: Workspace, kind: str, record: building.Payload) -> dict[str, Any]:
    started = time.monotonic()
    recipe = Recipe.of(record)
    say(f"Building the {kind} {record['name']} ({record['id']}) with the {record['engine']} engine.")
    folder = building.folder_of(workspace, kind, record)
    kept = building.files(workspace, kind, record)
    there = laid(workspace, recipe, kept, folder)
    for path, digest in kept:
        say(f"  {path} ({digest.size} bytes)")
    for model_id in recipe.model_ids:
        say(f"  model {model_id}")
    made = making.make(workspace, record, making.Parts(recipe, there, kept, folder), say)
    say(f"Done in {time.monotonic() - started:.1f} s.")
    return made


def _explained(record: building.Payload, error: BaseException) -> dict[str, Any]:
    """The error for the record, with the line of the user's specification; all of it is in the log too."""
    if not isinstance(error, (AmlError, KeyboardInterrupt)):
        traceback.print_exception(error)
    told = building.told(error)
    if not told["file"]:
        told |= specification.failing_line(dict(record["specification"]), str(told["message"]))
    say(f"Failed: {told['message']}")
    if told["file"]:
        say(f"  {told['file']}, line {told['line']}")
    if told["hint"]:
        say(f"  Try: {told['hint']}")
    return told


def _note(workspace: Workspace, kind: str, key: str, changes: dict[str, Any]) -> None:
    """Write down how it stands; nothing where the record was deleted meanwhile."""
    with suppress(KeyError):
        building.records(workspace, kind).modify(key, lambda record: {**record, **changes})


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt("the build was ended from outside")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
