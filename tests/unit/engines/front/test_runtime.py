"""Servers that come and go while HAProxy runs: which slot each has, and the words that lead there."""

from __future__ import annotations

from dataclasses import replace

from aml_nb.engines.front import Backend, FrontConfig, Server
from aml_nb.engines.front.runtime import Load, Stats, commands, place

A, B, C = (Server(name, f"10.0.0.{n}", 5001) for n, name in enumerate("abc"))


def config(*servers: Server) -> FrontConfig:
    return FrontConfig((Backend("svc", servers),))


def test_a_configuration_survives_json() -> None:
    told = replace(config(A, B), port=8080)
    assert FrontConfig.from_dict({**told.to_dict(), "of_another_version": 1}) == told


def test_who_stays_keeps_its_slot_and_who_comes_gets_a_fresh_one() -> None:
    first = place(config(A, B), {})
    assert first["svc"][:2] == (A, B)
    second = place(config(B, C), first)
    assert second["svc"][:3] == (None, B, C), "the slot that a leaves may still have requests"
    assert len(second["svc"]) == len(first["svc"])


def test_slots_grow_when_they_run_out() -> None:
    slots = place(config(A), {})
    many = [Server(f"s{n}", "10.0.1.1", n) for n in range(20)]
    grown = place(config(A, *many), slots)
    assert grown["svc"][0] == A and {s.name for s in grown["svc"] if s} == {"a", *(s.name for s in many)}
    assert len(grown["svc"]) > 21


def test_servers_come_before_others_go() -> None:
    before = place(config(A), {})
    said = list(commands(before, place(config(B), before)))
    assert said[0] == "set server svc/slot1 addr 10.0.0.1 port 5001"
    assert said[-1] == "set server svc/slot0 state maint"
    assert "set server svc/slot1 state ready" in said


def test_no_change_needs_no_word() -> None:
    slots = place(config(A, B), {})
    assert list(commands(slots, place(config(A, B), slots))) == []


def test_a_move_a_limit_and_a_drain() -> None:
    slots = place(config(A, B), {})
    changed = place(config(replace(A, host="10.0.0.9", limit=3), replace(B, draining=True)), slots)
    assert list(commands(slots, changed)) == [
        "set server svc/slot0 addr 10.0.0.9 port 5001",
        "set maxconn server svc/slot0 3",
        "set server svc/slot1 state drain",
    ]
    assert "set server svc/slot1 state ready" in list(commands(changed, slots))


def test_from_an_unknown_placing_every_slot_is_told() -> None:
    slots = place(config(A), {})
    said = " ".join(commands(None, slots))
    assert all(f"svc/slot{number} " in said for number in range(len(slots["svc"])))


def test_idle_means_that_nothing_is_on_its_way() -> None:
    assert Stats({"svc": {"a": Load(0, 5, True)}}, {"svc": 0}).idle
    assert not Stats({"svc": {"a": Load(1, 5, True)}}, {"svc": 0}).idle
    assert not Stats({"svc": {}}, {"svc": 1}).idle
    assert Stats().load("svc", "a") == Load()
