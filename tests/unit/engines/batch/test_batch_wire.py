"""What driver and worker say arrives whole, however it was cut on the way."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.engines.batch.wire import BATCH, READY, Line

Ends = tuple[Line, Line]


@pytest.fixture
def ends() -> Iterator[Ends]:
    one, other = map(Line, socket.socketpair())
    yield one, other
    one.close()
    other.close()


MESSAGES = st.lists(
    st.tuples(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=20)), st.binary(max_size=300)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=50, deadline=None)
@given(messages=MESSAGES, cut=st.integers(1, 50))
def test_messages_arrive_whole_and_in_order(messages: list[tuple[dict[str, object], bytes]], cut: int) -> None:
    sent, raw = socket.socketpair()
    ours, theirs = socket.socketpair()
    with raw, ours:
        writer, reader = Line(sent), Line(theirs)
        for facts, body in messages:
            writer.send(BATCH, facts, body)
        writer.close()
        data = b"".join(iter(lambda: raw.recv(1 << 16), b""))
        found = []
        for start in range(0, len(data), cut):
            ours.sendall(data[start : start + cut])
            try:
                while (message := reader.receive(time.monotonic())) is not None:
                    found.append((message.facts, message.body))
            except TimeoutError:
                pass
        reader.close()
    assert found == messages


def test_megabytes_pass_in_both_directions_at_once(ends: Ends) -> None:
    one, other = ends
    data = bytes(5_000_000)
    senders = [threading.Thread(target=end.send, args=(BATCH, {"n": 1}, data)) for end in ends]
    for sender in senders:
        sender.start()
    found: list[int] = []
    readers = [threading.Thread(target=lambda end=end: found.append(len(end.receive().body))) for end in ends]
    for thread in readers:
        thread.start()
    for thread in [*senders, *readers]:
        thread.join(20)
    assert found == [5_000_000] * 2


def test_who_does_not_listen_is_not_waited_for(ends: Ends) -> None:
    with pytest.raises(TimeoutError):
        ends[0].send(BATCH, {}, bytes(5_000_000), until=time.monotonic() + 0.05)


def test_who_hung_up_is_noticed(ends: Ends) -> None:
    ends[0].send(READY)
    ends[0].close()
    assert ends[1].receive(time.monotonic() + 5) == (READY, {}, b"")
    assert ends[1].receive(time.monotonic() + 5) is None
    with pytest.raises(OSError):
        ends[1].send(READY)
        ends[1].send(READY)
