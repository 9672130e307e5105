"""Which line of the user's own files kept an image from being built."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from aml_nb.engines.installers import normal
from aml_nb.errors import Source
from aml_nb.masking import without_login

_PACKAGE = re.compile(r"\s*-\s*[\"']?([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*([=<>!~]=?[^\s\"'#]*)?")
_QUOTED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*([=<>!~]=?[^\s\"',;]+)")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def failing_line(files: dict[str, str], message: str) -> dict[str, Any]:
    """``file``, ``line``, ``first`` and ``lines`` of the line that an error's message speaks of; empty: none.

    Parameters
    ----------
    files : paths of the conda file (``conda_file``) and of the additional steps of a Dockerfile (``docker_file``).
    message : what went wrong.
    """
    for kind, search in (("docker_file", _step), ("conda_file", _package)):
        if kind in files and (line := search(_lines(files[kind]), message)):
            source = Source.read(files[kind], line)
            shown = [without_login(text) for text in source.lines]
            return {"file": source.path, "line": line, "first": source.first, "lines": shown}
    return {}


def _step(lines: list[str], message: str) -> int | None:
    """The step of a Dockerfile that the message quotes; what follows its first line may quote earlier ones too."""
    steps = [text.strip().rstrip("\\").strip() for text in lines]
    for said in (message.partition("\n")[0], message):
        for number, step in enumerate(steps, 1):
            if len(step) > 3 and not step.startswith("#") and step in said:
                return number
    return None


def _package(lines: list[str], message: str) -> int | None:
    """The package that the message names: one that it quotes with its version first, then any that has a version.

    Python comes last, for every message about an environment speaks of it.
    """
    told = message.partition("Tried with uv")[0]
    spoken = {normal(word) for word in _WORD.findall(told)}
    quoted = {(normal(name), version.strip("=.,;:")) for name, version in _QUOTED.findall(told)}
    found = []
    for number, text in enumerate(lines, 1):
        if (match := _PACKAGE.match(text)) and (name := normal(match[1])) in spoken:
            version = match[3] or ""
            pinned = bool(version) and name != "python"
            found.append(((name, version.strip("=")) not in quoted, not pinned, name == "python", number))
    return min(found)[-1] if found else None


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
