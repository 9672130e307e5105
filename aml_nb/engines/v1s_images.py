"""v1's own container images, which notebooks name: what they are called, and where a Dockerfile starts from one."""

from __future__ import annotations

import re

_OWN = re.compile(r"mcr\.microsoft\.com/azureml/(?P<curated>curated/)?", re.IGNORECASE)
_FROM = re.compile(r"(?P<before>\s*FROM\s+(?:--\S+\s+)*)(?P<image>\S+)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def is_v1s(name: str | None) -> bool:
    """Whether an image is one of v1's, curated ones with their packages among them."""
    return name is not None and _OWN.match(name) is not None


def is_bare(name: str) -> bool:
    """Whether an image is one of v1's in which nothing is missed: a system, MPI and a conda with nothing in it."""
    found = _OWN.match(name)
    return found is not None and found["curated"] is None


def started_from(dockerfile: str | None) -> list[str]:
    """The images of v1's that a Dockerfile starts a stage from."""
    found = [_FROM.fullmatch(line) for line in (dockerfile or "").split("\n")]
    return [line["image"] for line in found if line is not None and is_v1s(line["image"])]


def replaced(dockerfile: str, name: str, other: str) -> str:
    """The Dockerfile with another image in the place of one that it starts from."""
    lines = dockerfile.split("\n")
    for number, line in enumerate(lines):
        found = _FROM.fullmatch(line)
        if found is not None and found["image"] == name:
            lines[number] = f"{found['before']}{other}{found['rest']}"
    return "\n".join(lines)
