"""aml_nb as an image gets it: with what this Python has compiled, where the image has the same Python."""

from __future__ import annotations

import os
import py_compile
from pathlib import Path

import pytest

pytest.importorskip("docker")

from aml_nb.engines.base import Packages
from aml_nb.engines.docker import base_image, environment_image, inside, package_tree
from aml_nb.engines.docker.base_image import Base
from aml_nb.engines.docker.interpreter import VERSION


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file of a package, compiled."""
    path = tmp_path / "one.py"
    path.write_text("x = 1\n")
    py_compile.compile(str(path), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    monkeypatch.setattr(package_tree, "files", lambda: [("core/one.py", path)])
    return path


def names() -> list[str]:
    return [entry.name.removeprefix(f"{inside.SITE}/aml_nb/") for entry in package_tree.entries(compiled=True)]


def test_what_is_compiled_goes_along_where_it_is_wanted(module: Path) -> None:
    (kept,) = (module.parent / "__pycache__").iterdir()
    assert names() == ["core/one.py", f"core/__pycache__/{kept.name}"]
    assert [entry.name for entry in package_tree.entries("site")] == ["site/aml_nb/core/one.py"]


@pytest.mark.parametrize("change", ["text", "time", "gone", "cut short"])
def test_what_was_compiled_of_another_text_is_left_out(module: Path, change: str) -> None:
    facts, (kept,) = module.stat(), (module.parent / "__pycache__").iterdir()
    if change == "text":
        module.write_text("x = 10\n")
        os.utime(module, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    elif change == "time":
        os.utime(module, (facts.st_atime + 2, facts.st_mtime + 2))
    elif change == "gone":
        kept.unlink()
    else:
        os.truncate(kept, 7)
    assert names() == ["core/one.py"]


@pytest.mark.parametrize(
    ("name", "python", "same"),
    [
        ("own", None, True),
        ("own", VERSION, True),
        ("own", "3.9", False),
        ("own", VERSION[:-1], False),
        ("python:3.11-slim", None, False),
    ],
)
def test_only_an_image_with_this_python_gets_it(name: str, python: str | None, same: bool) -> None:
    base = Base(base_image.own_tag() if name == "own" else name, "sha256:1")
    assert environment_image._has_this_python(base, Packages("d", python=python)) is same
