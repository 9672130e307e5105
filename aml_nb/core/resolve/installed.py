"""Whether the running interpreter has what is asked for; no subprocess, only the metadata on disk."""

from __future__ import annotations

import json
import re
from importlib import metadata
from typing import TYPE_CHECKING

from aml_nb.masking import without_login

if TYPE_CHECKING:
    from packaging.requirements import Requirement


def missing(requirement: Requirement) -> str | None:
    """Why the running interpreter does not satisfy the requirement, or None when it does."""
    version = installed_version(requirement.name)
    if version is None:
        return f"{requirement.name} is not installed"
    if requirement.url is not None:
        elsewhere = f"{requirement.name} was not installed from {without_login(requirement.url)}"
        return None if _came_from(requirement) else elsewhere
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement} is asked for, {version} is running"
    for extra in requirement.extras:
        lacking = _extra(requirement.name, extra)
        if lacking is not None:
            return f"{requirement}: {lacking}"
    return None


def missing_source(source: str) -> str | None:
    """As `missing` for a path or URL: a wheel's name tells what it holds, anything else counts as missing."""
    wheel = re.search(r"([^/\\]+?)-([^-/\\]+)(-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$", source)
    if wheel and installed_version(wheel[1]) == wheel[2]:
        return None
    return f"{without_login(source)} is to be installed from there"


def installed_version(name: str) -> str | None:
    """The version of a distribution in the running interpreter, or None.

    The metadata folder's name has it: reading the metadata itself takes ten times as long.
    """
    try:
        found = metadata.distribution(name)
        named = re.fullmatch(r"[^-]+-([^-]+)\.dist-info", getattr(getattr(found, "_path", None), "name", ""))
        return named[1] if named else found.version
    except (metadata.PackageNotFoundError, KeyError):
        return None


def _came_from(requirement: Requirement) -> bool:
    text = metadata.distribution(requirement.name).read_text("direct_url.json")
    url = json.loads(text).get("url") if text else None
    return url is not None and (requirement.url or "").removeprefix("git+").split("@")[0].split("#")[0] == url


def _extra(name: str, extra: str) -> str | None:
    from packaging.requirements import Requirement

    for text in metadata.requires(name) or ():
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            continue
        if needed.marker.evaluate({"extra": extra}):
            lacking = missing(needed) if needed.name != name else None
            if lacking is not None:
                return lacking
    return None
