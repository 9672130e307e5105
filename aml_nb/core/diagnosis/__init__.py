"""Diagnosis: why a web service fails, found in its log, its script, its environment and what its engine says.

    what is known (facts) ── rules, the first that fits ── a finding ── Diagnosis

Each rule is a small function from ``Facts`` to a ``Finding``; ``rules/table.py`` has them in their order, and
``causes.py`` the words for what they find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.diagnosis.diagnosis import Diagnosis

if TYPE_CHECKING:
    from aml_nb.core.diagnosis.service import diagnose

__all__ = ["Diagnosis", "diagnose"]


def __getattr__(name: str) -> Any:
    if name != "diagnose":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from aml_nb.core.diagnosis.service import diagnose

    return diagnose
