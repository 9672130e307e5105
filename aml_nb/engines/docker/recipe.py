"""What ``install.py`` finds beside it when it makes an image's environment."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aml_nb import scoring
from aml_nb.engines import installers
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import certificates, inside, install
from aml_nb.engines.docker.tarring import Entry, sha256, tree
from aml_nb.errors import WebserviceException

BUILD = f"{inside.OPT}/build"
SOURCES = f"{inside.OPT}/sources"
_LOCAL = re.compile(r"(?P<before>(?:-e\s+|(?:-f|--find-links)[\s=]+|[^\s@]+\s*@\s*)?)(?P<path>(?:file://)?/.*)")
_LOGIN = re.compile(r"(?<=://)(?!git@)[^/\s]+(?=@)")
_INDEXES = re.compile(
    r"(PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT|RETRIES)|"
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_STRATEGY|INSECURE_HOST|HTTP_TIMEOUT|INDEX_\w+)|"
    r"(HTTPS?|NO|ALL)_PROXY)",
    re.IGNORECASE,
)
_FOR_UV = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX"}


@dataclass(frozen=True)
class Recipe:
    """A specification whose paths are those of the image. ``sources`` go to ``SOURCES``."""

    packages: Packages
    requirements: tuple[str, ...]
    options: tuple[str, ...]
    sources: tuple[tuple[str, Path], ...] = ()

    @classmethod
    def of(cls, packages: Packages) -> Recipe:
        """Take a specification: what it has on this machine goes along.

        Raises
        ------
        WebserviceException : a line names a path that is not there.
        """
        sources: list[tuple[str, Path]] = []
        lines = () if packages.interpreter else packages.requirements
        rewritten = tuple(_taken_along(line, sources) for line in (*lines, *scoring.REQUIREMENTS))
        options = tuple(_taken_along(line, sources) for line in packages.options)
        return cls(packages, rewritten, options, tuple(sources))

    @property
    def digest(self) -> str:
        """SHA-256 of all that the environment will be made of, save what the base image brings."""
        tree_digest = [[name, *_contents(path)] for name, path in self.sources]
        tools = [Path(file).read_text(encoding="utf-8") for file in (install.__file__, installers.__file__)]
        parts = [self._plan(), self.requirements, self.packages.preferred, tree_digest, tools]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def logins(self) -> list[str]:
        """The logins in its addresses, each once."""
        return list(dict.fromkeys(_LOGIN.findall("\n".join([*self.requirements, *self.options]))))

    def entries(self, build: str = BUILD, sources: str = SOURCES, hide_logins: bool = False) -> Iterator[Entry]:
        """The files for ``install.py``, with it. Hidden logins are variables that whoever builds has to give."""
        plan = {**self._plan(), "options": [self._shown(line, hide_logins) for line in self.options]}
        requirements = "\n".join(self._shown(line, hide_logins) for line in self.requirements)
        yield Entry(build)
        yield Entry(f"{build}/install.py", source=Path(install.__file__), mode=0o644)
        for package in ("aml_nb", "aml_nb/engines"):
            yield Entry(f"{build}/{package}/__init__.py", data=b"")
        yield Entry(f"{build}/aml_nb/engines/installers.py", source=Path(installers.__file__), mode=0o644)
        yield Entry(f"{build}/plan.json", data=json.dumps(plan, indent=2).encode())
        yield Entry(f"{build}/requirements.txt", data=f"{requirements}\n".encode())
        yield Entry(f"{build}/constraints.txt", data="".join(f"{x}\n" for x in self.packages.preferred).encode())
        bundle = certificates.named()
        if bundle is not None:
            yield Entry(f"{build}/ca.crt", data=bundle.read_bytes())
        for name, path in self.sources:
            place = f"{sources}/{name}"
            yield from tree(path, place) if path.is_dir() else [Entry(place, source=path, mode=0o644)]

    def _shown(self, line: str, hide: bool) -> str:
        if not hide:
            return line
        logins = self.logins
        return _LOGIN.sub(lambda found: f"${{{login_variable(logins.index(found[0]))}}}", line)

    def _plan(self) -> dict[str, object]:
        return {
            "python": self.packages.python,
            "interpreter": self.packages.interpreter,
            "options": list(self.options),
            "environment": inside.ENVIRONMENT,
            "site": inside.SITE,
            "folders": [inside.HOME, inside.APP_ROOT, inside.SERVICE],
            "home": inside.HOME,
            "uid": inside.UID,
        }


def login_variable(number: int) -> str:
    """The build argument that stands for a login in a saved context."""
    return f"INDEX_LOGIN_{number + 1}"


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of this machine that tell where packages come from; folders of this machine do not help there."""
    found = {name: value for name, value in environ.items() if value and _INDEXES.fullmatch(name)}
    kept = {name: value for name, value in found.items() if "file://" not in value and not value.startswith("/")}
    has_index = any(name in kept for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"))
    for name, same in {} if has_index else _FOR_UV.items():
        if name in kept:
            kept[same] = kept[name]
    return kept


def needs_this_host(recipe: Recipe, variables: Mapping[str, str]) -> bool:
    """Whether an index or proxy is at this machine's loopback, which a container has one of its own of."""
    text = " ".join([*recipe.options, *recipe.requirements, *variables.values()])
    return re.search(r"://([^/\s]*@)?(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/\s]|$)", text) is not None


def _taken_along(line: str, sources: list[tuple[str, Path]]) -> str:
    """The line with a path of the image in place of one of this machine."""
    found = _LOCAL.fullmatch(line.strip())
    if found is None:
        return line
    text, _, fragment = found["path"].partition("#")
    scheme = "file://" if text.startswith("file://") else ""
    path = Path(unquote(urlsplit(text).path) if scheme else text)
    if not path.exists():
        raise WebserviceException(
            f"The environment asks for {line!r}, and there is no {path}.",
            hint="put it back, or take the line out of the environment",
        )
    name = f"{len(sources)}/{re.sub(r'[^A-Za-z0-9_.+-]', '-', path.name)}"
    sources.append((name, path))
    return f"{found['before']}{scheme}{SOURCES}/{name}{'#' + fragment if fragment else ''}"


def _contents(path: Path) -> list[str]:
    """What a file or folder holds: a changed package of the user's own is another environment."""
    files = [(e.name, e.source) for e in tree(path, "")] if path.is_dir() else [("", path)]
    known = [(name, source) for name, source in files if source is not None and "__pycache__" not in name]
    return [f"{name} {sha256(source)}" for name, source in known]


def launch(packages: Packages) -> str:
    """The shell's line that runs ``install.py`` by the image's Python."""
    script = f"{BUILD}/install.py"
    if packages.interpreter and packages.interpreter != "python":
        return f"exec {shlex.quote(packages.interpreter)} {script}"
    return (
        f"for p in python3 python; do command -v $p >/dev/null && exec $p {script}; done; "
        f"echo '{install.ERROR}the image has no Python'; exit 1"
    )
