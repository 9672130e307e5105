"""Which line of the user's own files kept an image from being built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.engines.installers import normal
from aml_nb.errors import AmlError, Source
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment

_REQUIREMENT = r"[\"']?([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*([=<>!~]=?[^\s\"'#]*)?"
_ITEM, _LINE = re.compile(rf"\s*-\s*{_REQUIREMENT}"), re.compile(rf"\s*{_REQUIREMENT}")
_YAML = (".yml", ".yaml", ".json")
_QUOTED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*([=<>!~]=?[^\s\"',;]+)")
_PYTHON = re.compile(r"asks for Python|Python \S+ is asked for")
_NO_LINE = re.compile(r"^The base image |cannot be reached", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def failing_line(files: dict[str, str], message: str) -> dict[str, Any]:
    """``file``, ``line``, ``first`` and ``lines`` of the line that an error's message speaks of; empty: none.

    Parameters
    ----------
    files : paths of the conda or requirements file (``conda_file``), and of the additional steps of a Dockerfile
        (``docker_file``).
    message : what went wrong.
    """
    for kind, search in (("docker_file", _step), ("conda_file", _package)):
        if kind in files and (line := search(files[kind], message)):
            source = Source.read(files[kind], line)
            shown = [without_login(text) for text in source.lines]
            return {"file": source.path, "line": line, "first": source.first, "lines": shown}
    return {}


@contextmanager
def naming_line(files: dict[str, str], code: str | None = None) -> Iterator[None]:
    """Let an error tell the line of the user's files that it speaks of.

    Parameters
    ----------
    files : as ``failing_line`` has them.
    code : leave errors of other codes alone.
    """
    try:
        yield
    except AmlError as error:
        if files and error.source is None and code in (None, error.code):
            error.source = Source.told(failing_line(files, error.message))
        raise


def files_of(environment: Environment | None) -> dict[str, str]:
    """The file that an environment's packages were read from, where there was one."""
    packages = None if environment is None else environment.python.conda_dependencies
    return {} if packages is None or packages._file is None else {"conda_file": packages._file}


def _step(path: str, message: str) -> int | None:
    """The step of a Dockerfile that the message quotes; what follows its first line may quote earlier ones too."""
    steps = [text.strip().rstrip("\\").strip() for text in _lines(path)]
    for said in (message.partition("\n")[0], message):
        for number, step in enumerate(steps, 1):
            if len(step) > 3 and not step.startswith("#") and step in said:
                return number
    return None


def _package(path: str, message: str) -> int | None:
    """The package that the message names: one that it quotes with its version first, then any that has a version.

    Every message about an environment speaks of Python: that is meant only where it is what is asked for.
    """
    told = message.partition("Tried with uv")[0]
    if _NO_LINE.search(told):
        return None
    python = _PYTHON.search(told) is not None
    spoken = {normal(word) for word in _WORD.findall(told)}
    quoted = {(normal(name), version.strip("=.,;:")) for name, version in _QUOTED.findall(told)}
    found, lines = [], _lines(path)
    listed = _ITEM if path.lower().endswith(_YAML) or any(text.startswith("dependencies:") for text in lines) else _LINE
    for number, text in enumerate(lines, 1):
        if (match := listed.match(text)) and (name := normal(match[1])) in spoken:
            version = match[3] or ""
            meant = (name, version.strip("=")) in quoted
            if meant or python or name != "python":
                found.append((not meant, not version, number))
    return min(found)[-1] if found else None


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
