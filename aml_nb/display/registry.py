"""The models of a workspace as a panel browses them: searched, in pages, each with its versions, files and uses."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aml_nb.core.model.rows import registry
from aml_nb.core.webservice import services
from aml_nb.display import html, text
from aml_nb.display.base import Shown
from aml_nb.display.images import size
from aml_nb.display.run_panel import titled
from aml_nb.display.text import age, pairs

if TYPE_CHECKING:
    from aml_nb.core.model import Model
    from aml_nb.core.model.registry import Row
    from aml_nb.core.workspace import Workspace

PAGE = 50
MOST_FILES = 200
_ELSEWHERE_S = 5.0
"""How often a database that is no file is asked."""


@dataclass(frozen=True)
class Entry:
    """The newest version of a model, as the list has it."""

    name: str
    version: int
    versions: int
    created: int
    framework: str
    tags: dict[str, Any]
    description: str
    searched: str = field(repr=False)

    @property
    def label(self) -> str:
        """One line for a list."""
        many = f" ({self.versions} versions)" if self.versions > 1 else ""
        return text.clean(f"{self.name}  v{self.version}{many}{'  ' + self.framework if self.framework else ''}")

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name, "version": self.version, "versions": self.versions, "framework": self.framework or None,
            "tags": self.tags, "description": self.description or None,
        }  # fmt: skip


@dataclass(frozen=True)
class Details:
    """One version of a model with all that is known of it."""

    model: Model
    versions: tuple[int, ...]
    files: tuple[tuple[str, int], ...]
    services: tuple[str, ...]


class RegistryFacts:
    """The models of a workspace as they were seen last; ``refresh`` says ``list`` where they are others."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.entries: list[Entry] = []
        self._mark: Any = None
        self._texts: dict[Any, Entry] = {}
        self._uses: dict[str, list[str]] = {}

    def refresh(self) -> set[str]:
        """Look again, where something was written since."""
        mark = self._written()
        if mark == self._mark:
            return set()
        self._mark = mark
        before, used = self.entries, self._uses
        self.entries = self._read()
        self._uses = self._read_uses()
        return {"list"} if (self.entries, self._uses) != (before, used) else set()

    def find(self, wanted: str) -> list[Entry]:
        """Those that have every word in their name, tags, framework or description, newest first."""
        words = wanted.casefold().split()
        if not words:
            return self.entries
        return [entry for entry in self.entries if all(word in entry.searched for word in words)]

    def details(self, name: str, version: int | None = None) -> Details:
        """One version, the newest unless told.

        Raises
        ------
        WebserviceException : it was deleted meanwhile.
        """
        from aml_nb.core.model import Model

        model = Model(self.workspace, name=name, version=version)
        mine = registry(self.workspace)
        versions = tuple(row.version for row in mine.find(name))
        files = tuple((path, digest.size) for path, digest in mine.files(name, model.version))
        return Details(model, versions, files, tuple(self._read_uses().get(model.id, ())))

    def _written(self) -> Any:
        """What is another value after every change of the database."""
        path = self.workspace._store.path
        if path is None:
            return int(time.monotonic() / _ELSEWHERE_S)
        found = []
        for file in (path, path.with_name(path.name + "-wal")):
            try:
                there = os.stat(file)
                found.append((there.st_ino, there.st_mtime_ns, there.st_size))
            except FileNotFoundError:
                found.append((0, 0, 0))
        if not found[0][0]:
            registry(self.workspace).find("")  # it says that the workspace was deleted
        return found

    def _read(self) -> list[Entry]:
        """The rows, each decoded once: most are as they were."""
        known, self._texts = self._texts, {}
        found = []
        for row, versions in registry(self.workspace).newest():
            entry = known.get((row, versions)) or _entry(row, versions)
            self._texts[row, versions] = entry
            found.append(entry)
        return found

    def _read_uses(self) -> dict[str, list[str]]:
        uses: dict[str, list[str]] = {}
        for record in services.every(self.workspace):
            for identity in record.get("modelIds") or ():
                uses.setdefault(identity, []).append(record["name"])
        return uses


def _entry(row: Row, versions: int) -> Entry:
    payload, tags = json.loads(row.payload), json.loads(row.tags)
    framework = " ".join(str(v) for v in (row.framework, payload.get("model_framework_version")) if v)
    description = str(payload.get("description") or "")
    searched = "\n".join([row.name, pairs(tags), framework, description]).casefold()
    return Entry(row.name, row.version, versions, row.created, framework, tags, description, searched)


class RegistryView(Shown):
    """The models that fit, newest first; ``entries`` are those that are shown, ``total`` is how many there are.

    Parameters
    ----------
    workspace : whose models.
    search : words that they have.
    limit : at most so many are shown.
    """

    def __init__(self, workspace: Workspace, search: str, limit: int) -> None:
        facts = RegistryFacts(workspace)
        facts.refresh()
        found = facts.find(search)
        self.search, self.total, self.entries = search, len(found), found[:limit]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def as_text(self, paint: text.Paint = text.plain) -> str:
        return list_text(self.entries, self.total, self.search, paint)

    def as_html(self) -> str:
        return list_html(self.entries, self.total, self.search)

    def as_data(self) -> Any:
        return [entry.as_data() for entry in self.entries]


def of_page(entries: Sequence[Entry], page: int) -> Sequence[Entry]:
    """The entries of one page; the first page is 0."""
    return entries[page * PAGE : (page + 1) * PAGE]


def pages_of(count: int) -> int:
    """How many pages so many entries need; one at least."""
    return max(1, -(-count // PAGE))


def counted(count: int, page: int, wanted: str) -> str:
    """Which of how many are shown."""
    if not count:
        return "no model fits" if wanted else "no model is registered"
    first = page * PAGE + 1
    last = min(count, first + PAGE - 1)
    noun = "model" if count == 1 else "models"
    return f"{count:,} {noun}" if count <= PAGE else f"{first:,} to {last:,} of {count:,} {noun}"


def details_html(details: Details) -> str:
    """One version: what was said of it, its files and the services that have it."""
    model = details.model
    framework = " ".join(str(v) for v in (model.model_framework, model.model_framework_version) if v)
    rows = [
        ("description", model.description),
        ("framework", framework),
        ("tags", pairs(model.tags)),
        ("properties", pairs(model.properties)),
        ("run", model.run_id),
        ("registered", f"{model.created_time.astimezone():%Y-%m-%d %H:%M:%S} by {model.created_by}"),
        ("deployed as", ", ".join(details.services) or "nothing"),
    ]
    shown = [(label, value) for label, value in rows if value]
    return html.card("model", f"{model.name} version {model.version}", None, shown) + files_html(details.files)


def files_html(files: Sequence[tuple[str, int]]) -> str:
    """The files with their sizes."""
    more = len(files) - MOST_FILES
    caption = f"{len(files):,} file{'s' * (len(files) != 1)}" + (f", the first {MOST_FILES}" if more > 0 else "")
    table = html.table(["FILE", "SIZE"], [[path, size(count)] for path, count in files[:MOST_FILES]], caption)
    return titled("Files", f'<div style="max-height:14em;overflow:auto">{table}</div>')


def list_html(entries: Sequence[Entry], total: int, wanted: str = "") -> str:
    """The first of them as a table."""
    rows = [_row(entry) for entry in entries]
    if not rows:
        return f"<div>{html.cell(counted(0, 0, wanted))}</div>"
    more = f"{len(rows):,} of {total:,} models" if total > len(rows) else counted(total, 0, wanted)
    return html.table(_HEADS, rows, more)


def list_text(entries: Sequence[Entry], total: int, wanted: str = "", paint: text.Paint = text.plain) -> str:
    """The same for a terminal."""
    if not entries:
        return f"{counted(0, 0, wanted)}. Try: %register NAME PATH"
    told = f"{len(entries):,} of {total:,} models" if total > len(entries) else counted(total, 0, wanted)
    return text.columns(_HEADS, [_row(entry) for entry in entries], paint) + "\n" + paint("dim", told)


_HEADS = ["NAME", "VERSION", "VERSIONS", "FRAMEWORK", "TAGS", "AGE", "DESCRIPTION"]


def _row(entry: Entry) -> list[str]:
    made = age(entry.created / 1_000_000)
    return [
        entry.name, str(entry.version), str(entry.versions), entry.framework, pairs(entry.tags), made,
        entry.description,
    ]  # fmt: skip


def deploy_code(model: Model) -> tuple[str, str]:
    """How to deploy a model: in v1's code, and by a magic."""
    name = service_name(model.name)
    ready = model.model_framework in ("ScikitLearn", "Onnx") and bool(model.model_framework_version)
    script = "" if ready else ', inference_config=InferenceConfig(entry_script="score.py")'
    imported = "Model" if ready else "InferenceConfig, Model"
    code = (
        "from azureml.core import Workspace\n"
        f"from azureml.core.model import {imported}\n"
        "from azureml.core.webservice import LocalWebservice\n\n"
        "ws = Workspace.from_config()\n"
        f"model = Model(ws, name={model.name!r}, version={model.version})\n"
        f"service = Model.deploy(ws, {name!r}, [model]{script},\n"
        "                       deployment_config=LocalWebservice.deploy_configuration())\n"
        "service.wait_for_deployment(show_output=True)"
    )
    magic = f"%deploy local {name} --model {model.name}:{model.version}" + ("" if ready else " --script score.py")
    return code, magic


def service_name(model: str) -> str:
    """A name that a service may have, after a model."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in model.lower()).strip("-")
    kept = kept if kept[:1].isalpha() else f"model-{kept}"
    return (f"{kept}-service" if len(kept) <= 24 else kept[:32]).strip("-")
