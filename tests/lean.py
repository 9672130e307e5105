"""What processes of Jupyter's are started with, so that they start faster."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "integration" / "lean"


def python_path(environment: Mapping[str, str], *before: Path) -> str:
    """``PYTHONPATH`` with the folder whose one module spares a second of each start."""
    return os.pathsep.join([*map(str, before), str(_FOLDER), *filter(None, [environment.get("PYTHONPATH")])])
