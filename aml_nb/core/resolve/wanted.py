"""What an environment asks for, as pip requirements, options and a version of Python."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.resolve import names
from aml_nb.core.resolve.conda import translate
from aml_nb.core.resolve.installed import installed_version
from aml_nb.engines.installers import normal
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from aml_nb.core.environment.conda_dependencies import CondaDependencies

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
OLDEST = (3, 10)
WRITTEN_BY_DEFAULT = ("3.8.13", "3.10.18")
_EDITABLE = re.compile(r"(?:-e|--editable)[\s=]+(.+)")
_FILE = re.compile(r"(?:-r|--requirement)[\s=]+(.+)")


@dataclass
class Wanted:
    """A specification taken apart.

    ``requirements`` go through the running interpreter's metadata, ``sources`` (paths, repositories, URLs without
    a name) only to the installer. ``python`` is a version of Python that the running one cannot stand for.
    """

    requirements: list[Requirement] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    brought: set[str] = field(default_factory=set)
    satisfied: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    python: str | None = None

    def lines(self, also: tuple[str, ...] = ()) -> list[str]:
        """Everything to install, sorted."""
        named = {normal(r.name) for r in self.requirements}
        brought = {name for name in self.brought if name not in named}
        return sorted({*map(str, self.requirements), *self.sources, *brought, *also})

    def preferred(self) -> list[str]:
        """The running versions of what is asked for without one: a model was most likely trained with them."""
        free = {normal(r.name) for r in self.requirements if not r.specifier and r.url is None}
        known = [(name, installed_version(name)) for name in sorted(free | self.brought)]
        return [f"{name}=={version}" for name, version in known if version is not None]

    def digest(self, also: tuple[str, ...] = ()) -> str:
        """SHA-256 of what is asked for, on which Python and which kind of machine.

        ``also`` is what a venv gets besides; a venv is told apart by the versions it prefers as well.
        """
        canonical = {
            "options": self.options,
            "platform": f"{sys.platform}-{platform.machine()}",
            "preferred": self.preferred() if also else [],
            "python": self.python or RUNNING,
            "requirements": self.lines(also),
        }
        text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def collect(packages: CondaDependencies | None) -> Wanted:
    """Take a conda specification apart."""
    wanted = Wanted()
    if packages is None:
        return wanted
    for text in packages.conda_packages:
        _conda(wanted, text)
    for text in [*packages.pip_options, *packages.pip_packages]:
        _pip(wanted, text)
    if os.environ.get("AML_NB_RELAX_PINS", "") in ("1", "true"):
        _relax(wanted)
    return wanted


def _conda(wanted: Wanted, text: str) -> None:
    name, specifier = translate(text)
    plain = normal(name)
    if plain == "python":
        _python(wanted, text, specifier)
    elif plain == "pip" or (plain in ("setuptools", "wheel") and not specifier):
        wanted.satisfied.append(f"{plain} (not needed)")
    elif plain in names.CONDA_TO_PIP:
        _require(wanted, names.CONDA_TO_PIP[plain] + specifier)
    elif names.is_conda_only(plain):
        wanted.notes.append(f"{text}: a conda package without counterpart among Python packages; left out.")
    else:
        _require(wanted, name + specifier)


def _pip(wanted: Wanted, text: str) -> None:
    editable, nested = _EDITABLE.match(text), _FILE.match(text)
    if editable:
        wanted.sources.append(f"-e {_absolute(editable[1])}")
    elif nested:
        from aml_nb.core.environment.sources import requirement_lines

        for line in requirement_lines(nested[1].strip()):
            _pip(wanted, line)
    elif text.lstrip().startswith("-"):
        wanted.options.append(text.strip())
    elif re.match(r"[\w.+-]+://|[./~]", text) or text.endswith((".whl", ".tar.gz", ".zip")):
        wanted.sources.append(_absolute(text))
    else:
        _require(wanted, re.split(r"\s--", text)[0])


def _absolute(text: str) -> str:
    if "://" in text:
        return text.strip()
    return str(Path(os.path.expanduser(text.strip())).absolute())


def _require(wanted: Wanted, text: str) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        slip = re.match(r"([\w.\[\],-]+)=([^=].*)", text)
        raise UserErrorException(
            f"{text!r} is no valid requirement: {str(error).splitlines()[0]}",
            hint=f"{slip[1]}=={slip[2]}" if slip else "write it as scikit-learn==1.3.2 or scikit-learn>=1.3",
        ) from None
    if found.marker is not None and not found.marker.evaluate():
        return
    name = normal(found.name)
    if names.stands_in(name):
        _stand_in(wanted, found, name)
        return
    if name in names.RENAMED and installed_version(found.name) is None:
        wanted.notes.append(f"{found.name}: {names.RENAMED[name]} does for it.")
        found.name = names.RENAMED[name]
    wanted.requirements.append(found)


def _stand_in(wanted: Wanted, found: Requirement, name: str) -> None:
    wanted.satisfied.append(f"{found.name} (aml_nb stands in for it)")
    if found.specifier:
        wanted.notes.append(f"{found}: aml_nb stands in for it, whatever the version.")
    for key in (name, *(f"{name}[{extra}]" for extra in found.extras)):
        wanted.brought.update(names.BRINGS.get(key, ()))


def _python(wanted: Wanted, text: str, specifier: str) -> None:
    """Decide whether the running Python may stand for the one asked for.

    aml_nb needs 3.10, and versions before that are past their end of life: asking for one must not end in a
    download that cannot serve. Nor must the two versions that v1 writes by itself.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    running = platform.python_version()
    try:
        if SpecifierSet(specifier).contains(running, prereleases=True):
            return
    except InvalidSpecifier:
        raise UserErrorException(f"{text!r} names no version of Python.", hint="python=3.10") from None
    version = re.sub(r"[^0-9.]", "", specifier.split(",")[0]).strip(".")
    asked = tuple(int(part) for part in version.split(".")[:2] if part)
    strict = os.environ.get("AML_NB_STRICT_ENVIRONMENTS", "") in ("1", "true")
    if version in WRITTEN_BY_DEFAULT:
        wanted.notes.append(f"{text} is what v1 writes by itself; the running Python {running} is used.")
    elif asked < OLDEST and strict:
        raise UserErrorException(
            f"{text} cannot be had: aml_nb runs scripts on Python 3.10 and newer.",
            hint=f"set_python_version({RUNNING!r}), or unset AML_NB_STRICT_ENVIRONMENTS",
        )
    elif asked < OLDEST:
        wanted.notes.append(f"{text} is past its end of life; the running Python {running} is used.")
    elif version.startswith(f"{RUNNING}.") and not strict:
        wanted.notes.append(f"{text}: the running Python {running} is near enough.")
    else:
        wanted.python = version


def _relax(wanted: Wanted) -> None:
    from packaging.specifiers import SpecifierSet

    for requirement in wanted.requirements:
        before = str(requirement)
        clauses = [
            f">={clause.version.removesuffix('.*')}" if clause.operator in ("==", "===", "~=") else str(clause)
            for clause in requirement.specifier
        ]
        requirement.specifier = SpecifierSet(",".join(clauses))
        if str(requirement) != before:
            wanted.notes.append(f"{before} is taken as {requirement} (AML_NB_RELAX_PINS).")
