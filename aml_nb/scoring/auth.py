"""Who may call a service: keys, and tokens that run out (JWT, RFC 7519, HS256).

A key or token comes as ``Authorization: Bearer <it>``. Comparisons take the same time whatever they find.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import string
import time
from pathlib import Path
from typing import Any

_ALPHABET = string.ascii_letters + string.digits
_HEADER = {"alg": "HS256", "typ": "JWT"}


def make_key() -> str:
    """A random key of 32 letters and digits, as v1's services have them."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(32))


def make_keys() -> dict[str, str]:
    """What ``keys.json`` holds for a new service."""
    return {"primary": make_key(), "secondary": make_key(), "token_secret": secrets.token_hex(32)}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _sign(secret: str, signed: str) -> str:
    return _encode(hmac.digest(secret.encode(), signed.encode(), "sha256"))


def make_token(secret: str, service: str, lifetime_s: float) -> tuple[str, int]:
    """A token for ``service`` and the time (epoch seconds) at which it runs out."""
    now = int(time.time())
    expiry = now + int(lifetime_s)
    payload = {"aud": service, "iat": now, "nbf": now, "exp": expiry, "jti": secrets.token_hex(8)}
    signed = ".".join(_encode(json.dumps(part).encode()) for part in (_HEADER, payload))
    return f"{signed}.{_sign(secret, signed)}", expiry


def check_token(secret: str, service: str, token: str) -> str | None:
    """None where the token is good, else why it is not."""
    signed, _, signature = token.rpartition(".")
    expected = _sign(secret, signed)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        return "the token's signature is wrong"
    try:
        header, payload = (json.loads(_decode(part)) for part in signed.split("."))
    except ValueError:
        return "the token is malformed"
    if header.get("alg") != "HS256" or payload.get("aud") != service:
        return "the token was made for another service"
    if not isinstance(payload.get("exp"), int) or payload["exp"] <= time.time():
        return "the token has expired"
    return None


class Guard:
    """Says whether a request may pass, by a service's kind of authentication ("none", "key" or "token")."""

    def __init__(self, kind: str, service: str, keys_file: str | None) -> None:
        if kind not in ("none", "key", "token"):
            raise ValueError(f"unknown authentication {kind!r}")
        self.open = kind == "none"
        self._kind = kind
        self._service = service
        self._keys_file = keys_file
        self._keys: tuple[bytes, ...] = ()
        self._secret = ""
        self.reload()

    def reload(self) -> None:
        """Read the keys again, after they were made anew."""
        if self.open:
            return
        data: dict[str, Any] = json.loads(Path(self._keys_file or "").read_text())
        self._keys = (data["primary"].encode(), data["secondary"].encode())
        self._secret = data.get("token_secret", "")

    def refusal(self, authorization: str | None) -> str | None:
        """None where the request may pass, else what to tell whoever sent it."""
        if self.open:
            return None
        scheme, _, credential = (authorization or "").partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            return "Send the service's key or token as the header 'Authorization: Bearer <key>'."
        if self._kind == "token":
            why = check_token(self._secret, self._service, credential)
            return None if why is None else f"Access denied: {why}; get a new one with service.get_access_token()."
        given = credential.encode("utf-8", "replace")
        matches = [hmac.compare_digest(key, given) for key in self._keys]
        return None if any(matches) else "Access denied: this key is not one of the service's; see service.get_keys()."
