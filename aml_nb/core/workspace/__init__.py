"""``Workspace``: where it lives, what it holds, how it is found."""

from aml_nb.core.workspace.workspace import Workspace

__all__ = ["Workspace"]
