"""TLS certificates that users bring: checked when they come, kept where only their owner reads them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aml_nb.core.scratch import Scratch
from aml_nb.engines.base import Certificate
from aml_nb.scoring.config import write_atomically

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_FOLDER = "certificates"
_CERTIFICATE, _KEY = "certificate.pem", "key.pem"
_BEGINS_KEY = re.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----")
_TURNS = 8
# OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_...).
_NOT_YET_VALID, _EXPIRED, _OTHER_NAME = 9, 10, 62


class BadCertificate(ValueError):
    """Why a certificate cannot be used; whoever asked for it makes an error of v1's of it."""


class Pair(NamedTuple):
    """A certificate with its key, as PEM text, and the name that it is to be used under."""

    certificate: str
    key: str
    cname: str


def read(certificate: str, key: str, cname: str) -> Pair:
    """A certificate and its key, checked.

    Parameters
    ----------
    certificate, key : paths of PEM files, or their text.
    cname : the host name that callers use.

    Raises
    ------
    BadCertificate
        They cannot be read, do not belong together, are out of date or were made for another name.
    """
    pair = Pair(_text(certificate, "certificate"), _text(key, "key"), cname)
    _check_form(pair)
    _check_by_handshake(pair)
    return pair


def complaint(certificate: str, key: str, cname: str) -> str | None:
    """What is wrong with a certificate; None where nothing is."""
    try:
        read(certificate, key, cname)
    except BadCertificate as error:
        return str(error)
    return None


def keep(workspace: Workspace, pair: Pair) -> Certificate:
    """Copy a certificate into the workspace; the key is its owner's alone to read."""
    digest = hashlib.sha256("\0".join(pair).encode()).hexdigest()[:32]
    folder = workspace._folder / _FOLDER / digest
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(folder / _CERTIFICATE, pair.certificate.encode(), mode=0o600)
    write_atomically(folder / _KEY, pair.key.encode(), mode=0o600)
    return Certificate(str(folder / _CERTIFICATE), str(folder / _KEY), pair.cname)


def forget_unused(workspace: Workspace) -> None:
    """Remove the certificates that no cluster and no service speaks any more."""
    folder = workspace._folder / _FOLDER
    if not folder.is_dir():
        return
    records = [record for kind in ("compute", "webservice") for record in workspace._store.records(kind).list()]
    told = repr(records)
    for digest in os.listdir(folder):
        if digest not in told:
            shutil.rmtree(folder / digest, ignore_errors=True)


def trusting(certificate: str) -> ssl.SSLContext:
    """A client's side of TLS that trusts exactly the certificates of a PEM text, and checks the host name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A file often has the service's certificate and an intermediate one, without the root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return context


def _text(given: str, what: str) -> str:
    if "-----BEGIN" in given:
        return given
    try:
        return Path(given).expanduser().read_text(encoding="ascii")
    except FileNotFoundError:
        raise BadCertificate(f"unable to find SSL {what} file {given}.") from None
    except OSError as error:
        raise BadCertificate(f"the SSL {what} file {given} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadCertificate(f"the SSL {what} file {given} is not PEM text (perhaps it is DER).") from None


def _check_form(pair: Pair) -> None:
    if "-----BEGIN CERTIFICATE-----" not in pair.certificate:
        raise BadCertificate("the certificate is not PEM: it has no line -----BEGIN CERTIFICATE-----.")
    if "ENCRYPTED" in pair.key:
        raise BadCertificate("the key is protected by a pass phrase; give it without: openssl pkey -in KEY -out PLAIN.")
    if not _BEGINS_KEY.search(pair.key):
        raise BadCertificate("the key is not PEM: it has no line -----BEGIN PRIVATE KEY-----.")


def _check_by_handshake(pair: Pair) -> None:
    """Let a client that trusts the certificate speak TLS with a server that has it, both in memory."""
    try:
        server, client = _serving(pair), trusting(pair.certificate)
        _shake_hands(client, server, pair.cname)
    except ssl.SSLCertVerificationError as error:
        raise BadCertificate(_refused(error, pair.cname)) from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise BadCertificate("the key does not match the certificate.") from None
        raise BadCertificate(f"the certificate or its key is damaged: {error.reason or error}.") from None
    except ValueError:  # a UnicodeError too: no host name can be such a text
        raise BadCertificate(f"the cname {pair.cname!r} is no host name.") from None


def _serving(pair: Pair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with Scratch("tls") as folder:
        for name, text in ((_CERTIFICATE, pair.certificate), (_KEY, pair.key)):
            write_atomically(Path(folder, name), text.encode(), mode=0o600, durable=False)
        context.load_cert_chain(Path(folder, _CERTIFICATE), Path(folder, _KEY))
    return context


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, cname: str) -> None:
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(back, there, server_hostname=cname)
    answering = server.wrap_bio(there, back, server_side=True)
    for _ in range(_TURNS):
        if all([_done(asking), _done(answering)]):  # a list: each side takes its turn
            return


def _done(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _refused(error: ssl.SSLCertVerificationError, cname: str) -> str:
    told = {
        _NOT_YET_VALID: "the certificate is not valid yet.",
        _EXPIRED: "the certificate has expired.",
        _OTHER_NAME: f"the certificate was not made for the name {cname}.",
    }
    return told.get(error.verify_code) or f"the certificate cannot be trusted: {error.verify_message}."
