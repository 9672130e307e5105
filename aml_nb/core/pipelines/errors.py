"""What a pipeline that cannot be is answered with."""

from __future__ import annotations

from aml_nb.errors import UserErrorException


class PipelineError(UserErrorException, ValueError):
    """A step, a parameter or a pipeline was made wrongly. v1 raises a ValueError for most of these."""


class PipelineTypeError(UserErrorException, ValueError, TypeError):
    """A step, a parameter or a pipeline was given something of another type."""
