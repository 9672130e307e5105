"""What outlives whoever starts it: a service or run that a run's script starts is no part of that run."""

from __future__ import annotations

import os

MARK = "AML_NB_RUN_FOLDER"
"""The variable by which the processes of a run are known, also after their keeper is gone."""


def environment() -> dict[str, str]:
    """Ours, without the mark of the run that we may belong to: with that run ends what has its mark."""
    return {name: value for name, value in os.environ.items() if name != MARK}
