"""Where a workspace keeps what it knows: tables, named records, content-addressed files."""

from aml_nb.core.store.store import FILE, Store

__all__ = ["FILE", "Store"]
