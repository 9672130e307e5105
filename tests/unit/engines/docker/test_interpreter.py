"""The running Python as the files of an image."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

import pytest

from aml_nb.engines.docker import certificates, interpreter

linux = pytest.mark.skipif(interpreter.refusal() is not None, reason="images are made on Linux with glibc")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda patch: patch.setattr(sys, "platform", "darwin"), "an image runs Linux"),
        (lambda patch: patch.setattr(platform, "libc_ver", lambda: ("", "")), "not built for glibc"),
        (lambda patch: patch.setattr(shutil, "which", lambda name: None), "there is no ldd"),
    ],
    ids=["macos", "musl", "ldd"],
)
@linux
def test_where_none_can_be_made_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, change: object, why: str) -> None:
    change(monkeypatch)  # type: ignore[operator]
    assert why in str(interpreter.refusal())


@linux
def test_it_holds_what_python_and_wheels_load() -> None:
    names = [entry.name for entry in interpreter.entries()]
    assert len(names) == len(set(names)), "each file once"
    last = {name.rpartition("/")[2] for name in names}
    assert {"libc.so.6", "libstdc++.so.6", "libgcc_s.so.1", "sh", "passwd", "os.py", "python3"} <= last
    assert {"opt", "tmp", "usr/local/bin"} <= set(names), "places that a Dockerfile puts something into"
    assert any(name.startswith("_ssl.") for name in last)
    assert not [name for name in names if "/site-packages/" in name or "/test/" in name]


@linux
def test_a_script_that_only_finds_uv_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shim = tmp_path / "uv"
    shim.write_text("#!/bin/sh\n")
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setattr(interpreter.shutil, "which", lambda name: str(shim))
    assert interpreter._uv() is None


def test_the_users_certificates_go_before_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in certificates.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert certificates.named() is None
    bundle = tmp_path / "mine.pem"
    bundle.write_text("mine")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    assert certificates.named() is None
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert certificates.named() == certificates.trusted() == bundle
