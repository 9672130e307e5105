"""Before a script starts: its data where it finds it, and paths in place of placeholders.

What has no place of its own lies in folders beside the working directory, which go when the run has ended: a script
that lists its working directory finds its own files there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition, Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.runs.bindings import Bound, Prepared, places
from aml_nb.core.runs.bindings.in_script import LinkedOutput, variables
from aml_nb.core.runs.bindings.outputs import place_of
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.placing import Asked
    from aml_nb.core.workspace import Workspace

REFERENCE = "AZUREML_DATAREFERENCE_"
_PLACEHOLDER = re.compile(rf"\${REFERENCE}(\w+)|DatasetConsumptionConfig:(\w+)|DatasetOutputConfig:(\w+)")


def prepare_all(workspace: Workspace, bound: Bound, work: Path, run_id: str, quote: bool, stopped: Asked) -> Prepared:
    """Put every input where the script finds it, make room for every output; all or nothing."""
    try:
        return _prepare(workspace, bound, work, run_id, quote, stopped)
    except BaseException:
        places.clear(work)
        raise


def _prepare(workspace: Workspace, bound: Bound, work: Path, run_id: str, quote: bool, stopped: Asked) -> Prepared:
    datasets: dict[str, str] = {}
    references: dict[str, str] = {}
    for entry in bound.inputs:
        where = datasets if entry["kind"] == "dataset" else references
        where[entry["name"]] = _told(entry["name"], _INPUTS[entry["kind"]], workspace, entry, work, stopped)
    outputs = {
        entry["name"]: _told(entry["name"], prepare_output, workspace, entry, work, run_id) for entry in bound.outputs
    }
    environment = variables(datasets, outputs) if datasets or outputs else {}
    environment.update({REFERENCE + name: path for name, path in references.items()})
    known = ({**references, **datasets}, datasets, outputs)
    paths = [{name: shlex.quote(path) for name, path in each.items()} if quote else each for each in known]
    return Prepared([_replaced(text, *paths) for text in bound.arguments], environment)


def prepare_dataset(workspace: Workspace, entry: Mapping[str, Any], work: Path, stopped: Asked) -> str:
    """The path of a dataset's files, that of the one file, or the dataset's id."""
    if entry["mode"] == "direct":
        return str(entry["id"])
    from aml_nb.core.data.datasets import placing
    from aml_nb.core.data.datasets.cache import cache_of
    from aml_nb.core.data.datasets.operations import files_of

    definition = Definition.from_dict(entry["definition"])
    files = files_of(workspace, definition)
    asked = entry["path_on_compute"]
    if entry["mode"] == "download":
        root = places.resolve(asked, work) if asked else places.inputs(work) / entry["name"]
        placing.copy(files, str(root), overwrite=True, stopped=stopped)
    elif asked and asked.startswith("/"):
        root = places.shared_mount(files, Path(asked), workspace, stopped)
    else:
        root = places.resolve(asked, work) if asked else places.inputs(work) / entry["name"]
        places.make_room(root)
        placing.link(files, str(root), cache_of(workspace), stopped)
    one = len(files) == 1 and len(definition.sources) == 1 and _is_the_file(definition.sources[0], files[0].full)
    return str(root / files[0].display.lstrip("/")) if one else str(root)


def prepare_reference(workspace: Workspace, entry: Mapping[str, Any], work: Path, stopped: Asked) -> str:
    """The path of what a data reference names."""
    source = Source(**entry["source"])
    asked = entry["path_on_compute"]
    if entry["mode"] == "upload":
        folder = places.resolve(asked, work) if asked else places.outputs(work) / entry["name"]
        (folder if entry.get("create") else folder.parent).mkdir(parents=True, exist_ok=True)
        return str(folder)
    datastore = open_datastore(workspace, source)
    local = datastore._local(source.path)
    if entry["mode"] == "mount" and local is not None:
        if not local.exists():
            (local if entry.get("create", True) else local.parent).mkdir(parents=True, exist_ok=True)
        return str(local)
    root = places.resolve(asked, work) if asked and entry["mode"] == "download" else places.inputs(work) / entry["name"]
    path = places.copy_of(workspace, source, root, entry["mode"] == "mount", stopped)
    if entry["mode"] == "mount":
        places.remember(root)
    return path


def prepare_output(workspace: Workspace, entry: Mapping[str, Any], work: Path, run_id: str) -> str:
    """The path that a script writes an output to."""
    if entry["mode"] == "link":
        return LinkedOutput.MARK + str(places.links(work) / f"{entry['name']}.json")
    asked = entry["source"]
    folder = places.resolve(asked, work) if asked else places.outputs(work) / entry["name"]
    place = place_of(entry, run_id)
    local = open_datastore(workspace, place)._local(place.path) if entry["mode"] != "upload" else None
    if local is None:
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)
    local.mkdir(parents=True, exist_ok=True)
    if not asked:
        return str(local)
    if folder.is_dir() and not folder.is_symlink() and any(folder.iterdir()):
        return str(folder)  # files of the script's own are there: what it adds is copied when it has ended
    places.point(folder, local)
    return str(folder)


_INPUTS = {"dataset": prepare_dataset, "reference": prepare_reference}


def _told(name: str, prepare: Any, *arguments: Any) -> str:
    """What ``prepare`` gives; an error says for which input or output."""
    try:
        return str(prepare(*arguments))
    except UserErrorException as error:
        raise UserErrorException(
            f"The data {name!r} of the run cannot be prepared. {error.message}", inner_exception=error, hint=error.hint
        ) from error
    except OSError as error:
        raise UserErrorException(
            f"The data {name!r} of the run cannot be prepared: {error}",
            inner_exception=error,
            hint="check path_on_compute, and the rights of that folder",
        ) from error


def _replaced(text: str, references: dict[str, str], datasets: dict[str, str], outputs: dict[str, str]) -> str:
    def path(found: re.Match[str]) -> str:
        for name, known in zip(found.groups(), (references, datasets, outputs), strict=True):
            if name is not None and name in known:
                return known[name]
        return found.group()

    return _PLACEHOLDER.sub(path, text)


def _is_the_file(source: Source, full: str) -> bool:
    return full.strip("/") == source.path.strip("/")
