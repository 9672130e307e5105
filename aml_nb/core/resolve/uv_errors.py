"""What uv said when it failed, as errors that name the pin and the way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aml_nb.core.environment.conda_yaml import normal
from aml_nb.core.masking import without_login
from aml_nb.core.resolve.wanted import RUNNING, Wanted
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NETWORK = re.compile(
    r"failed to fetch|error sending request|dns error|connection refused|failed to lookup address|"
    r"network is unreachable|network was disabled|timed out|tcp connect error|client error \(connect\)|"
    r"could not connect",
    re.IGNORECASE,
)
_GONE = re.compile(r"there (?:is|are) no versions? of|was not found in the|not found in the package registry")
_DISK = re.compile(r"no space left on device|read-only file system|permission denied", re.IGNORECASE)
_TELLING = re.compile(r"(×|╰─▶|├─▶|error:|cause:|hint:)", re.IGNORECASE)
_LINES = 6


def is_about_packages(said: str) -> bool:
    """Whether uv failed over versions, and not over the network or the disk."""
    return not (_NETWORK.search(said) or _DISK.search(said))


def may_be_built(said: str) -> bool:
    """Whether a second try from source can help: not without a network, nor where no such version exists."""
    if not is_about_packages(said):
        return False
    return bool(re.search(r"wheel|source|build", said, re.IGNORECASE)) or not _GONE.search(said)


def no_venv(name: str, version: str | None, said: str) -> UserErrorException:
    """uv made no venv: it has no such Python and cannot fetch it, or it cannot write."""
    if version is None or _DISK.search(said):
        return UserErrorException(
            f"The environment {name!r} cannot be written.\n{_short(said)}",
            hint="free some space, or set AML_NB_HOME to a folder with some",
        )
    return UserErrorException(
        f"The environment {name!r} asks for Python {version}, which is neither on this machine nor can be "
        f"fetched.\n{_short(said)}",
        hint=f"conda_dependencies.set_python_version({RUNNING!r}) takes the running one",
    )


def cannot_install(name: str, wanted: Wanted, tried: str, said: str) -> UserErrorException:
    """uv could not install what the environment asks for, though it tried what ``tried`` says."""
    asked = without_login(", ".join(wanted.lines()))
    if _DISK.search(said):
        return UserErrorException(
            f"The environment {name!r} cannot be written.\n{_short(said)}",
            hint="free some space, or set AML_NB_HOME to a folder with some",
        )
    if _NETWORK.search(said):
        return UserErrorException(
            f"The environment {name!r} needs packages that this Python does not have ({asked}), and the package "
            f"index cannot be reached: no network?\n{_short(said)}",
            hint="connect, or leave out the versions so that what is installed here will do (AML_NB_RELAX_PINS=1)",
        )
    culprits = _culprits(wanted.requirements, said)
    named = without_login(", ".join(map(str, culprits))) or asked
    version = wanted.python or RUNNING
    return UserErrorException(
        f"The environment {name!r} cannot be made for Python {version}: {named} "
        f"{_why(said)}.\nTried with uv: {tried}. It said:\n{_short(said)}",
        hint=_relax(culprits),
    )


def _why(said: str) -> str:
    if re.search(r"failed to build|build backend|failed to download and build", said, re.IGNORECASE):
        return "has no ready-made wheel for it and cannot be built from source"
    if re.search(r"no wheels? with a matching|no usable wheels|has no wheels", said):
        return "has no wheel for it"
    if _GONE.search(said):
        return "is not to be had, or not in that version"
    return "cannot be installed together"


def _culprits(requirements: list[Requirement], said: str) -> list[Requirement]:
    """The requirements that uv names: pinned ones first, for these are what can be relaxed."""
    spoken = {normal(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]", said)}
    named = [r for r in requirements if normal(r.name) in spoken]
    return [r for r in named if r.specifier] or named


def _relax(culprits: list[Requirement]) -> str:
    names = [r.name for r in culprits]
    first = names[0] if names else "scikit-learn"
    return (
        f"conda_dependencies.add_pip_package({first!r}) without a version (add_conda_package where conda lists it; "
        "set_pip_requirements([...]) replaces the whole pip list), or os.environ['AML_NB_RELAX_PINS'] = '1' "
        "to take == as >= everywhere"
    )


def _short(said: str) -> str:
    """uv's own words: what it calls error or cause, and how a build's traceback ends."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.match(line)]
    ends = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception)\b", line)][-1:]
    kept = [*dict.fromkeys([*telling[:_LINES], *ends])] or lines[:_LINES]
    return "\n".join(f"  uv: {without_login(line[:240])}" for line in kept)
