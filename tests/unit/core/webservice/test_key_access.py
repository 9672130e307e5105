"""New keys on a disk without room."""

from __future__ import annotations

import errno
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.webservice import services
from aml_nb.core.webservice.key_access import KeyAccess
from aml_nb.engines.folder import Keys
from aml_nb.errors import StoreError


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rekey(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = SimpleNamespace(keys=lambda revision: Keys.make())
    engine = SimpleNamespace(rekey=rekey, exclusive=lambda handle: nullcontext(), folder=lambda handle: folder)
    monkeypatch.setattr(services, "engine_of", lambda *_: engine)
    monkeypatch.setattr(services, "records", lambda *_: {})
    service: Any = KeyAccess()
    service.workspace, service.name, service._record = SimpleNamespace(_folder=tmp_path), "svc", {"handle": "svc"}
    with pytest.raises(StoreError, match="no room left"):
        service.regen_key("Primary")
