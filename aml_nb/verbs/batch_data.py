"""The data of a batch: a registered dataset, a variable, or files of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aml_nb.errors import UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_runs import find_dataset
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import near_text

DEFAULT_NAME = "batch_data"


def find_data(context: Context, text: Any) -> tuple[Any, str]:
    """The dataset that was meant, and what the input is called.

    A registered dataset goes before a folder of the same name; ``./name`` is the folder.
    """
    given = getattr(text, "value", text)
    if hasattr(given, "as_named_input"):
        return given, word(getattr(given, "name", None))
    if hasattr(given, "dataset") and hasattr(given.dataset, "as_named_input"):  # it has a name already
        return given.dataset, word(given.name)
    wanted = str(given)
    name, _, version = wanted.partition(":")
    if name in names_of("dataset", context.workspace) and not (version and not version.isdigit()):
        return find_dataset(context.workspace, wanted), word(name)
    path = Path(wanted).expanduser()
    if path.exists():
        return _of_files(path), word(path.stem)
    raise _nothing(context, wanted, name)


def word(name: str | None) -> str:
    """The name as an input may have it."""
    found = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name or "")
    return found if found and not found[0].isdigit() else DEFAULT_NAME


def _of_files(path: Path) -> Any:
    from aml_nb.core.data.datasets.file_factory import FileDatasetFactory

    if path.is_dir() and next((each for each in path.rglob("*") if each.is_file()), None) is None:
        raise UsageError(f"the folder {str(path)!r} has no file", hint="--data with a folder of files, or a dataset")
    return FileDatasetFactory.from_files(str(path.resolve()), validate=False, is_file=path.is_file())


def _nothing(context: Context, wanted: str, name: str) -> UsageError:
    known = names_of("dataset", context.workspace)
    folders = [each.name for each in Path().iterdir() if each.is_dir() and not each.name.startswith(".")]
    there = f"there are the datasets {', '.join(known)}" if known else "dataset.register(ws, 'name') registers one"
    return UsageError(
        f"there is no dataset and no folder {wanted!r}{near_text(name, [*known, *folders])}",
        hint=f"--data DATASET, FOLDER or $dataset; {there}",
    )
