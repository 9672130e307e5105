"""Loading what needs core, when it is first asked for, by one thread at a time.

The first requests of a panel come all at once, and modules that import one another must not be loaded from two ends.
"""

from __future__ import annotations

from importlib import import_module
from threading import RLock
from typing import Any

_lock = RLock()


def load(name: str) -> Any:
    """``module:attribute`` below ``aml_nb.labserver``."""
    module, _, attribute = name.partition(":")
    with _lock:
        return getattr(import_module(f"aml_nb.labserver.{module}"), attribute)
