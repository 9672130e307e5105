"""The addresses of files: of a run, of a logged model, of a version of a registered model.

``aml-nb:///folder/of/the/workspace/@runs/<run id>/path``; ``@models/<name>/<version>`` and ``@logged/<model id>``
likewise. The folder is quoted and so has no ``@``; the path is as it is, for MLflow appends to it as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from aml_nb.core.tracking import folder_of, tracking_uri

RUNS, LOGGED, MODELS = "runs", "logged", "models"
_PARTS = {RUNS: 1, LOGGED: 1, MODELS: 2}


class Place(NamedTuple):
    """What an address leads to; ``owner`` is one word, or name and version."""

    folder: Path
    kind: str
    owner: tuple[str, ...]
    path: str

    def __str__(self) -> str:
        parts = (tracking_uri(self.folder), f"@{self.kind}", *self.owner, self.path)
        return "/".join(part for part in parts if part)


def parse(uri: str) -> Place:
    """The place of an address; ValueError when it is none of these."""
    base, found, rest = uri.partition("/@")
    kind, *parts = rest.split("/")
    count = _PARTS.get(kind, len(parts) + 1)
    if not found or len(parts) < count:
        raise ValueError(f"{uri!r} is no address of a run's or a model's files.")
    path = "/".join(part for part in parts[count:] if part)
    return Place(folder_of(base), kind, tuple(parts[:count]), path)
