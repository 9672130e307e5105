"""A shell with and without the magics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aml_nb import magics
from tests.loud_shell import LoudShell, loud_shell


@pytest.fixture
def bare_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoudShell]:
    """A shell without aml_nb."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with loud_shell() as shell:
        yield shell


@pytest.fixture
def shell(bare_shell: LoudShell) -> Iterator[LoudShell]:
    """A shell with the magics."""
    magics.register(bare_shell)
    yield bare_shell
    magics.unregister(bare_shell)
