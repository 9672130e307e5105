"""Whether TensorBoard is there."""

from __future__ import annotations

import importlib.util

from aml_nb.errors import UserErrorException


def check() -> None:
    """Raise ``UserErrorException`` where it is not."""
    if importlib.util.find_spec("tensorboard") is None:
        raise UserErrorException("TensorBoard is not installed.", hint="pip install 'aml_nb[tensorboard]'")
