"""uv and pip: how they take options, and what they mean when they fail.

It needs nothing but Python's own library: an image that is built runs it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NETWORK = re.compile(
    r"failed to fetch|error sending request|dns error|connection refused|failed to lookup address|"
    r"network is unreachable|network was disabled|timed out|tcp connect error|client error \(connect\)|"
    r"could not connect|failed to establish a new connection|name or service not known|"
    r"temporary failure in name resolution",
    re.IGNORECASE,
)
DISK = re.compile(r"no space left on device|read-only file system|permission denied", re.IGNORECASE)
_GONE = re.compile(
    r"there (?:is|are) no versions? of|was not found in the|not found in the package registry|"
    r"no matching distribution found"
)
_TELLING = re.compile(r"(×|╰─▶|├─▶|error:|cause:|hint:)", re.IGNORECASE)
_LINES = 6
_OPTIONS_OF_UV = {"--pre": ["--prerelease", "allow"], "--no-cache-dir": ["--no-cache"]}


def options_of_uv(options: Iterable[str]) -> tuple[list[str], list[str]]:
    """pip's options as lines of a requirements file and as options of uv."""
    lines: list[str] = []
    given: list[str] = []
    for option in options:
        word, _, value = option.replace("=", " ", 1).partition(" ")
        if word in _OPTIONS_OF_UV:
            given += _OPTIONS_OF_UV[word]
        elif word == "--trusted-host":
            given += ["--allow-insecure-host", value.strip()]
        else:
            lines.append(option)
    return lines, given


def is_about_packages(said: str) -> bool:
    """Whether it failed over versions, and not over the network or the disk."""
    return not (NETWORK.search(said) or DISK.search(said))


def may_be_built(said: str) -> bool:
    """Whether a second try from source can help: not without a network, nor where no such version exists."""
    if not is_about_packages(said):
        return False
    return bool(re.search(r"wheel|source|build", said, re.IGNORECASE)) or not _GONE.search(said.lower())


def why(said: str) -> str:
    """What is wrong with a requirement that cannot be installed."""
    if re.search(r"failed to build|build backend|failed to download and build", said, re.IGNORECASE):
        return "has no ready-made wheel for it and cannot be built from source"
    if re.search(r"no wheels? with a matching|no usable wheels|has no wheels", said):
        return "has no wheel for it"
    if _GONE.search(said.lower()):
        return "is not to be had, or not in that version"
    return "cannot be installed together"


def spoken(said: str) -> set[str]:
    """Every word that may be a distribution's name."""
    return {normal(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]", said)}


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def short(said: str) -> list[str]:
    """The installer's own words: what it calls error or cause, and how a build's traceback ends."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.match(line)]
    ends = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception)\b", line)][-1:]
    kept = [*dict.fromkeys([*telling[:_LINES], *ends])] or lines[:_LINES]
    return [line[:240] for line in kept]
