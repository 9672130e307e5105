"""TLS certificates for tests, made with the command openssl."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import pytest

CNAME = "www.contoso.com"
_AUTHORITY = """
[ca]
default_ca = mine
[mine]
new_certs_dir = .
database = index
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
unique_subject = no
[any]
commonName = supplied
[extensions]
subjectAltName = DNS:{cname}
"""


class Files(NamedTuple):
    """Where a certificate and its key are, and the name it was made for."""

    certificate: str
    key: str
    cname: str


def make(folder: Path, name: str = "own", cname: str = CNAME, starts: int = -1, ends: int = 30) -> Files:
    """A certificate signed by itself, valid from so many days to so many days from now."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    base = (folder / f"{name}-tls").absolute()
    base.mkdir()
    (base / "ca.cnf").write_text(_AUTHORITY.format(cname=cname))
    (base / "index").touch()
    now = datetime.now(timezone.utc)
    first, last = ((now + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ") for days in (starts, ends))
    request = f"req -new -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN={name}"
    sign = "ca -batch -notext -config ca.cnf -selfsign -keyfile key.pem -in request.pem -out certificate.pem "
    for command in (request, f"{sign} -startdate {first} -enddate {last}"):
        subprocess.run(["openssl", *command.split()], cwd=base, check=True, capture_output=True)
    return Files(str(base / "certificate.pem"), str(base / "key.pem"), cname)
