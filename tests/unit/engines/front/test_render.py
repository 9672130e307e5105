"""A front's configuration as HAProxy reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aml_nb.engines.base import Certificate
from aml_nb.engines.front import Backend, FrontConfig, FrontError, Server, binary
from aml_nb.engines.front.render import render
from aml_nb.engines.front.runtime import place

ONE = Backend("one", (Server("a", "127.0.0.1", 5001),))
TWO = Backend("two", (Server("b", "10.0.0.2", 5001, limit=4), Server("c", "10.0.0.3", 5001, draining=True)))


def text(*backends: Backend, servers: bool = True, **options: object) -> str:
    config = replace(FrontConfig(backends), **options)  # type: ignore[arg-type]
    return render(config, 8080, place(config, {}), servers=servers)


def lines(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines()]


def test_it_listens_on_the_loopback_and_answers_for_its_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_ALLOWED_HOSTS", "svc.example 'x # \"y")
    said = lines(text(ONE))
    assert "bind 127.0.0.1:8080" in said
    (names,) = [line for line in said if line.startswith("acl known_host") and "-m str" in line]
    assert {"localhost", "127.0.0.1", "svc.example"} <= set(names.split())
    assert not {"'", '"', "#"} & set(names)
    assert not any(line.startswith("acl known_host") for line in lines(text(ONE, host="0.0.0.0")))
    assert "bind [::1]:8080" in lines(text(ONE, host="::1"))


def test_tls_is_of_this_decade() -> None:
    said = text(ONE, certificate=Certificate("cert.pem", "key.pem", "www.contoso.com"))
    assert "bind 127.0.0.1:8080 ssl crt front.pem" in said
    assert "ssl-default-bind-options ssl-min-ver TLSv1.2" in said
    assert "www.contoso.com" in said and "key.pem" not in said


def test_servers_have_their_limits_and_the_other_slots_are_empty() -> None:
    said = lines(text(TWO))
    assert "server slot0 10.0.0.2:5001 maxconn 4" in said
    assert "server slot1 10.0.0.3:5001 maxconn 1 weight 0" in said
    assert "server slot2 127.0.0.1:1 maxconn 1 disabled" in said
    assert "balance leastconn" in said and "balance roundrobin" in lines(text(ONE))


def test_what_may_change_while_it_runs_is_no_part_of_the_structure() -> None:
    moved = replace(ONE, servers=(Server("z", "10.9.9.9", 99),))
    assert text(ONE, servers=False) == text(moved, servers=False)
    assert text(ONE, servers=False) != text(replace(ONE, queue_wait_ms=500), servers=False)


@pytest.mark.parametrize(("weights", "shares"), [((80, 20), ["8000"]), ((1, 1), ["5000"]), ((0, 100), [])])
def test_weights_become_shares_of_ten_thousand(weights: tuple[float, float], shares: list[str]) -> None:
    said = lines(text(replace(ONE, weight=weights[0]), replace(TWO, weight=weights[1])))
    assert [line.split()[-2] for line in said if "txn.pick) -m int" in line] == shares
    assert "default_backend two" in said


def test_a_wait_that_is_limited_holds_no_longer() -> None:
    said = lines(text(replace(ONE, queue_wait_ms=2000, server_timeout_ms=1000)))
    assert "timeout queue 2000ms" in said and "retries 8" in said and "timeout server 21000ms" in said


@pytest.mark.parametrize(
    ("output", "reason", "words"),
    [
        (
            "[ALERT]    (7) : config : parsing [f:3] : inconsistencies between private key and certificate loaded",
            "certificate",
            "do not belong together",
        ),
        (
            "[ALERT]    (7) : Starting frontend front: cannot bind socket (Address already in use) [h:1]",
            "port-in-use",
            "in use",
        ),
        ("[ALERT]    (7) : config : parsing [f:9] : unknown keyword 'http-errors'", "front", "too old"),
        ("[WARNING]  (7) : config : nothing\nkilled", "front", "killed"),
        ("", "front", "it said nothing"),
    ],
)
def test_complaints_are_told_in_plain_words(output: str, reason: str, words: str) -> None:
    error = binary.translated("haproxy", output)
    assert isinstance(error, FrontError)
    assert error.reason == reason and words in error.message


def test_a_program_that_cannot_be_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_HAPROXY", "/nowhere/haproxy")
    with pytest.raises(FrontError, match="AML_NB_HAPROXY names /nowhere/haproxy"):
        binary.find()
