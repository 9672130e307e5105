"""Certificates that users bring: what is taken, what is refused, and where they are kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aml_nb.core import certificates
from aml_nb.core.certificates import BadCertificate
from aml_nb.core.workspace import Workspace
from tests.certificates import CNAME, Files, make


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make(tmp_path_factory.mktemp("tls"))


def test_a_good_one_is_taken_as_files_and_as_text(own: Files) -> None:
    assert certificates.complaint(*own) is None
    texts = [Path(path).read_text() for path in own[:2]]
    assert certificates.read(*texts, CNAME) == certificates.read(*own)


def test_a_key_of_another_certificate(own: Files, tmp_path: Path) -> None:
    other = make(tmp_path, "other")
    assert certificates.complaint(own.certificate, other.key, CNAME) == "the key does not match the certificate."


@pytest.mark.parametrize(
    ("starts", "ends", "told"),
    [(-10, -1, "the certificate has expired."), (1, 10, "the certificate is not valid yet.")],
)
def test_one_that_is_out_of_date(tmp_path: Path, starts: int, ends: int, told: str) -> None:
    made = make(tmp_path, starts=starts, ends=ends)
    assert certificates.complaint(*made) == told


def test_one_that_was_made_for_another_name(own: Files) -> None:
    told = certificates.complaint(own.certificate, own.key, "www.fabrikam.com")
    assert told == "the certificate was not made for the name www.fabrikam.com."
    assert "is no host name" in str(certificates.complaint(own.certificate, own.key, "x" * 300))


def test_files_that_are_none(own: Files, tmp_path: Path) -> None:
    assert certificates.complaint("gone.pem", own.key, CNAME) == "unable to find SSL certificate file gone.pem."
    assert "the certificate is not PEM" in str(certificates.complaint(own.key, own.key, CNAME))
    assert "the key is not PEM" in str(certificates.complaint(own.certificate, own.certificate, CNAME))
    binary = tmp_path / "cert.der"
    binary.write_bytes(b"\x30\x82\xff\xfe")
    assert "is not PEM text" in str(certificates.complaint(str(binary), own.key, CNAME))
    text = Path(own.certificate).read_text().splitlines()
    damaged = "\n".join([*text[:3], *text[5:]])
    assert "damaged" in str(certificates.complaint(damaged, own.key, CNAME))


def test_a_key_with_a_pass_phrase_asks_nobody_for_it(own: Files) -> None:
    with pytest.raises(BadCertificate, match="pass phrase"):
        certificates.read(own.certificate, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", CNAME)


def test_what_is_kept_is_its_owners_alone(own: Files, ws: Workspace) -> None:
    kept = certificates.keep(ws, certificates.read(*own))
    assert Path(kept.key).read_text() == Path(own.key).read_text()
    assert stat.S_IMODE(os.stat(kept.key).st_mode) == 0o600
    assert certificates.keep(ws, certificates.read(*own)) == kept

    ws._store.records("compute").put("uses-it", {"certificate": kept.certificate})
    certificates.forget_unused(ws)
    assert os.path.exists(kept.key)
    ws._store.records("compute").delete("uses-it")
    certificates.forget_unused(ws)
    assert not os.path.exists(kept.key)
