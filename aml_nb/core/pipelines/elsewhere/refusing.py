"""What is said of steps that run elsewhere."""

from __future__ import annotations

from aml_nb.errors import NotAvailableError


def refusal(step: str, what: str, hint: str) -> NotAvailableError:
    """The error for a step that is not here.

    Parameters
    ----------
    step : v1's name for it.
    what : what it runs, and where.
    hint : what does the same here.
    """
    return NotAvailableError(f"A {step} runs {what}, which aml_nb does not do.", hint=hint)
