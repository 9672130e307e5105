"""What v1 says of its own parts that have ended; ``AZUREML_LOG_DEPRECATION_WARNING_ENABLED=False`` turns it off."""

from __future__ import annotations

import os
import sys
import warnings


def wanted() -> bool:
    """Whether the user has not turned it off."""
    return os.environ.get("AZUREML_LOG_DEPRECATION_WARNING_ENABLED", "true").lower() != "false"


def warn_of_the_end(what: str, instead: str) -> None:
    """v1's FutureWarning, at the line that called the caller's caller.

    Not in a notebook, where it would stand in red below each such cell.
    """
    if wanted() and "ipykernel" not in sys.modules:
        told = f"{what} is SDK v1's, which has ended; aml_nb goes on with it. In v2: {instead}."
        off = "AZUREML_LOG_DEPRECATION_WARNING_ENABLED=False turns this off."
        warnings.warn(f"{told} {off}", FutureWarning, stacklevel=3)
