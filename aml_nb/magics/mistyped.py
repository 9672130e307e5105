"""A magic's name with a typing error: IPython says only that there is none of that name."""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from typing import Any

from aml_nb.verbs import VERBS

_UNKNOWN = re.compile(r"(?:Line|Cell) magic function `(%{1,2})(\w+)` not found|Cell magic `(%%)(\w+)` not found")


def suggest(error: BaseException) -> str | None:
    """The magic of ours that was meant, with its signs; None where none comes close.

    Parameters
    ----------
    error : what a cell ended with.
    """
    found = _UNKNOWN.match(str(error))
    if found is None:
        return None
    names = {verb.name: "%%" if verb.magic == "cell" else "%" for verb in VERBS.values() if verb.magic}
    near = get_close_matches(found[2] or found[4], names, 1, 0.7)
    return names[near[0]] + near[0] if near else None


def tell(result: Any) -> None:
    """After a cell that IPython could not find the magic of: name the one that was meant, below its error."""
    meant = suggest(result.error_in_exec)
    if meant is not None:
        print(f"Did you mean {meant}?", file=sys.stderr)
