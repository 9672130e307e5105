"""Exceptions and requests as logs tell them."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.diagnosis import log as logs
from aml_nb.core.diagnosis.tracebacks import last_raised, said_to_raise

CHAINED = """before
Traceback (most recent call last):
  File "/a/score.py", line 3, in init
    load()
    ^^^^^^
KeyError: 'first'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/a/score.py", line 5, in init
    raise OSError("second") from error
OSError: second
of two lines
2021-03-04 10:00:00,000 I [11] azmlinfsrv - after
"""


def test_a_chain_of_exceptions_is_read_with_frames_and_messages() -> None:
    raised = last_raised(CHAINED)
    assert raised is not None
    assert (raised.kind, raised.message, raised.frames) == ("OSError", "second\nof two lines", (("/a/score.py", 5),))
    assert [link.told for link in raised.chain()] == ["OSError: second\nof two lines", "KeyError: 'first'"]


def test_what_python_prints_is_read_again() -> None:
    class OddError(Exception):
        pass

    def fail(depth: int) -> None:
        if depth:
            fail(depth - 1)
        raise OddError("so\n\n  it is: indeed")

    try:
        fail(1)
    except OddError:
        text = traceback.format_exc()
    raised = last_raised(f"2021-03-04 10:00:00,000 E [1] azmlinfsrv - oh\n{text}")
    assert raised is not None
    assert (raised.kind, raised.message) == ("OddError", "so\n\n  it is: indeed")
    assert len(raised.frames) == 3 and all(file == __file__ for file, _ in raised.frames)


@pytest.mark.parametrize(
    ("sentence", "stage", "told"),
    [
        ("score.py, line 3: init() raised ValueError: no", "init()", "ValueError: no"),
        ("init() raised KeyError", "init()", "KeyError"),
        ("score.py, line 1: SyntaxError: invalid syntax", "importing the script", "SyntaxError: invalid syntax"),
        ("a.py, line 1: importing the script raised x.y.OddError: it", "importing the script", "OddError: it"),
        ("run() raised ValueError: one\ntwo\nscore.py, line 3\n-->  3 x", "run()", "ValueError: one\ntwo"),
    ],
)
def test_the_servers_own_sentence(sentence: str, stage: str, told: str) -> None:
    found = said_to_raise(sentence)
    assert found is not None and (found[0], found[1].told) == (stage, told)


@given(st.text(), st.lists(st.sampled_from(CHAINED.splitlines())))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_readers(text: str, lines: list[str]) -> None:
    mixed = "\n".join([text, *lines, text])
    last_raised(mixed)
    said_to_raise(mixed)
    list(logs.requests(mixed))
    logs.since_revision(mixed, 3)


INTERLEAVED = """2021-03-04 10:00:00,000 E [11] azmlinfsrv - Encountered Exception: run() raised KeyError: 'eleven'
a line of a message
2021-03-04 10:00:00,001 E [12] azmlinfsrv - Encountered Exception: run() raised KeyError: 'twelve'
2021-03-04 10:00:00,002 I [12] azmlinfsrv - POST /score 500 1.0ms 92 b
2021-03-04 10:00:00,003 I [11] azmlinfsrv - POST /score 500 1.0ms 92 a
2021-03-04 10:00:00,004 I [11] azmlinfsrv - POST /score 200 1.0ms 92 c
"""


def test_requests_of_several_workers_are_kept_apart() -> None:
    found = {request.identity: request for request in logs.requests(INTERLEAVED)}
    assert "'eleven'\na line" in found["a"].told and "'twelve'" in found["b"].told and not found["c"].told
    assert [logs.of_concern(found[name]) for name in "abc"] == [True, True, False]


def test_lines_of_replicas_have_their_names_before_them() -> None:
    marked = "".join(f"aml-iris-1 {line}\n" for line in INTERLEAVED.splitlines())
    assert [request.identity for request in logs.requests(marked)] == ["b", "a", "c"]
