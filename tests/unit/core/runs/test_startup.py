"""What a run's Python begins with: ``import azureml`` works, and what the user begins with is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import aml_nb
from aml_nb.core.runs.keeper.variables import STARTUP

ROOT = str(Path(aml_nb.__file__).parent.parent)


def python(code: str, *paths: str) -> list[str]:
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(STARTUP), ROOT, *paths])}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_azureml_is_there_and_nothing_else_is_loaded_for_it() -> None:
    code = "import sys; print('aml_nb' in sys.modules); import azureml.core; print(azureml.core.VERSION)"
    assert python(code) == ["False", "1.61.0"]


def test_the_users_own_start_is_kept(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.mine = 'kept'\n")
    assert python("import sitecustomize; print(mine, sitecustomize.__file__)", str(tmp_path)) == [
        "kept",
        str(tmp_path / "sitecustomize.py"),
    ]


def test_a_script_that_starts_python_hands_it_on() -> None:
    code = (
        "import subprocess, sys; print(subprocess.run([sys.executable, '-c', "
        "'from azureml.core import Run; print(Run.get_context.__name__)'], "
        "capture_output=True, text=True).stdout)"
    )
    assert python(code) == ["get_context"]
