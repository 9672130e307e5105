"""``Model`` and the registry behind it."""

from aml_nb.core.model.model import Model

__all__ = ["Model"]
