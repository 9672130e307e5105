from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.scoring.auth import Guard, check_token, make_keys, make_token


def test_keys_are_new_every_time() -> None:
    one, two = make_keys(), make_keys()
    assert len({*one.values(), *two.values()}) == 6
    assert len(one["primary"]) == 32 and one["primary"].isalnum()


def test_a_token_is_good_for_its_service_and_time() -> None:
    token, expiry = make_token("secret", "svc", 60)
    assert check_token("secret", "svc", token) is None
    assert "another service" in str(check_token("secret", "other", token))
    assert "signature" in str(check_token("guess", "svc", token))
    assert "expired" in str(check_token("secret", "svc", make_token("secret", "svc", 0)[0]))
    assert expiry > 0


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_token_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    token, _ = make_token("secret", "svc", 60)
    at = place % len(token)
    changed = token[:at] + chr((ord(token[at]) + change) % 256) + token[at + 1 :]
    if changed != token:
        assert check_token("secret", "svc", changed) is not None


def test_a_token_that_names_no_algorithm_is_refused() -> None:
    parts = [{"alg": "none"}, {"aud": "svc", "exp": 10**12}]
    text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    assert check_token("secret", "svc", text + ".") is not None


@given(st.text())
def test_no_text_passes_for_a_token(text: str) -> None:
    assert check_token("secret", "svc", text) is not None


def test_an_unknown_kind_of_authentication_opens_nothing() -> None:
    with pytest.raises(ValueError, match="unknown authentication"):
        Guard("nobody", "svc", None)
