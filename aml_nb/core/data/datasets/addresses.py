"""Addresses of storage that has no datastore: ``wasbs://``, ``abfss://`` and whatever else fsspec opens."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from aml_nb.core.data.datasets.errors import DatasetExecutionError

_AZURE = ("wasb", "wasbs", "abfs", "abfss", "adl")
# Of Azure's addresses what stands before the @ is a container.
_LOGIN = re.compile(r"://[^/\s@]*:[^/\s]*@")


def open_address(address: str) -> tuple[Any, str]:
    """The filesystem of an address and the path on it; without credentials, as v1 reads public data."""
    from fsspec.core import url_to_fs

    parts = urlsplit(address)
    options: dict[str, Any] = {}
    if parts.scheme in _AZURE and "@" in parts.netloc:
        container, host = parts.netloc.split("@", 1)
        options = {"account_name": host.split(".")[0], "anon": True}
        address = f"abfs://{container}{parts.path}"
    try:
        filesystem, path = url_to_fs(address, **options)
    except (ImportError, ValueError) as error:
        raise DatasetExecutionError(
            f"The address {public(address)!r} cannot be opened: {public(str(error))}",
            error,
            hint='pip install "aml_nb[azure]"' if parts.scheme in _AZURE else "download it and give the file's path",
        ) from error
    return filesystem, str(path)


def public(text: str) -> str:
    """An address, or a text with one, without what may be a secret: a password in it, or a token behind its ``?``."""
    return _LOGIN.sub("://****@", text.split("?")[0])
