"""How a tutorial is run: under nbval, in a folder and a workspace of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import lean

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "notebooks"

WHAT_IS_LEFT = """
from aml_nb import LocalWebservice, Workspace
workspace = Workspace.from_config()
left = [*workspace.webservices.values(), *LocalWebservice.list(workspace), *workspace.images.values()]
print("left:", [one.name for one in left])
workspace.delete()
"""


@pytest.fixture
def environment(engine: str, tmp_path: Path) -> dict[str, str]:
    """What a kernel of a user's own has, with every folder it may write to inside ``tmp_path``."""
    folders = {
        name: str(tmp_path / name.lower())
        for name in ("AML_NB_HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")
    }
    path = lean.python_path(os.environ, FOLDER.parent)
    return {**os.environ, **folders, "PYTHONPATH": path, "AML_NB_ENGINE": engine}


def clean_up(environment: dict[str, str], folder: Path) -> str:
    """Delete the workspace with everything in it; what its services and images were."""
    command = [sys.executable, "-c", WHAT_IS_LEFT]
    done = subprocess.run(command, env=environment, cwd=folder, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture
def run_notebook(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Runs a notebook from top to bottom, and sees that nothing of it is left; what a failure leaves is deleted."""
    clean = False

    def run(notebook: Path) -> None:
        nonlocal clean
        work = tmp_path / "work"
        work.mkdir()
        copy = work / notebook.name
        copy.write_bytes(notebook.read_bytes())
        nbval = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider", "--rootdir", str(work)]
        nbval += ["--nbval-lax", "--nbval-current-env", "--nbval-sanitize-with", str(HERE / "sanitize.cfg")]
        done = subprocess.run(
            [*nbval, notebook.name],
            env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # it needs none of the others
            cwd=work,
            capture_output=True,
            text=True,
            timeout=560,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"\d+ passed", done.stdout)
        assert os.listdir(work) == [notebook.name], "it leaves files behind"
        left = clean_up(environment, tmp_path)
        clean = True
        assert left == "left: []"

    yield run
    if not clean:
        clean_up(environment, tmp_path)
