"""v1's authentication classes ask nobody and give a token that is this user's own."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core import authentication as a
from aml_nb.errors import AuthenticationException, UserErrorException
from aml_nb.scoring.auth import make_token

LOCAL = [
    a.AbstractAuthentication(),
    a.InteractiveLoginAuthentication(force=True, tenant_id="t"),
    a.AzureCliAuthentication(),
    a.MsiAuthentication(identity_config={"client_id": "x"}),
    a.ServicePrincipalAuthentication("tenant", "id", "secret-password"),
]


@pytest.mark.parametrize("auth", LOCAL, ids=lambda x: type(x).__name__)
def test_header_carries_a_token_signed_with_the_local_secret(auth: a.AbstractAuthentication, home: Path) -> None:
    header = auth.get_authentication_header()["Authorization"]
    assert a.refusal(header) is None and a.local_token() not in header
    token = auth.get_token("https://management.azure.com/.default")
    assert a.refusal(f"bearer {token.token}") is None and token.expires_on > time.time() + 3600


def test_a_token_ends_after_a_day(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header, now = a.AbstractAuthentication().get_authentication_header()["Authorization"], time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 - 5)
    assert a.refusal(header) is None
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 5)
    assert "expired" in (a.refusal(header) or "")


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2], lambda t: "x" + t, lambda t: "", lambda t: "a.b.c", lambda t: "\xff" + t]
)
def test_a_token_that_was_changed_is_refused(home: Path, change: Callable[[str], str]) -> None:
    assert a.refusal(f"Bearer {change(a.access_token().token)}") is not None


def test_a_token_of_another_home_or_for_another_service_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "another service" in (a.refusal(f"Bearer {make_token(a.local_token(), 'service', 60)[0]}") or "")
    header = a.AbstractAuthentication().get_authentication_header()["Authorization"]
    monkeypatch.setenv("AML_NB_HOME", str(tmp_path / "other"))
    assert "signature" in (a.refusal(header) or "")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc"])
def test_no_token_is_refused(home: Path, header: str | None) -> None:
    assert "has no token" in (a.refusal(header) or "")


def test_token_is_made_once_long_and_private(home: Path) -> None:
    token = a.local_token()
    assert len(token) >= 43
    assert a.local_token() == token
    assert stat.S_IMODE(os.stat(home / "token").st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["token"]


def test_another_home_has_another_token(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = a.local_token()
    monkeypatch.setenv("AML_NB_HOME", str(tmp_path / "other"))
    assert a.local_token() != first


def test_all_who_come_first_get_the_same_token(home: Path) -> None:
    start, found = threading.Barrier(8), list[str]()

    def ask() -> None:
        start.wait()
        found.append(a.local_token())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_an_emptied_token_file_gets_a_new_token(home: Path) -> None:
    (home / "token").write_text("")
    token = a.local_token()
    assert token and (home / "token").read_text().strip() == token


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AML_NB_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(AuthenticationException, match="local token"):
        a.local_token()


def test_a_service_principals_password_is_shown_nowhere() -> None:
    auth = a.ServicePrincipalAuthentication("tenant", "id", "secret-password")
    assert "secret-password" not in repr(auth) + str(vars(auth))


def test_a_given_token_is_sent_as_it_is() -> None:
    auth = a.ArmTokenAuthentication("mine")
    assert auth.get_authentication_header() == {"Authorization": "Bearer mine"}
    auth.update_arm_access_token("newer")
    assert auth.get_authentication_header() == {"Authorization": "Bearer newer"}


def test_a_function_of_the_callers_gives_the_token_of_an_audience() -> None:
    def give(audience: Any) -> str:
        return f"for {audience.value}"

    auth = a.TokenAuthentication(give)
    assert auth.get_token(a.Audience.AZUREML) == "for AZUREML"
    assert auth.get_authentication_header() == {"Authorization": "Bearer for ARM"}
    with pytest.raises(UserErrorException, match="function"):
        a.TokenAuthentication("no function")  # type: ignore[arg-type]


def test_a_runs_token_can_be_renewed() -> None:
    until = datetime(2030, 1, 1)
    auth = a.AzureMLTokenAuthentication.create("t", until, "host", "s", "rg", "ws", "e", "run")
    assert (auth.token, auth.expiry_time) == ("t", until)
    auth.set_token("u", None)
    assert auth.get_authentication_header() == {"Authorization": "Bearer u"}


def test_session_sends_the_header() -> None:
    session = a.ArmTokenAuthentication("mine").signed_session()
    assert session.headers["Authorization"] == "Bearer mine"
    assert a.ArmTokenAuthentication("other").signed_session(session) is session
    assert session.headers["Authorization"] == "Bearer other"
