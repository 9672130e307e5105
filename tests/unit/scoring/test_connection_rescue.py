"""What whoever goes on with the connections of a dead worker has to rely on."""

from __future__ import annotations

import socket
import time

from aml_nb.scoring.connection import Connection
from aml_nb.scoring.handoff import Handoff
from aml_nb.scoring.http import HeadCache
from aml_nb.scoring.ledger import CLEAN, TAKEN
from aml_nb.scoring.rescue import Rescue

CHUNKED = b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"


def test_a_connection_is_marked_before_anything_is_taken_from_it() -> None:
    """A worker may be killed between the two; another would read the rest of a body as a request."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        conn = Connection(ours, time.monotonic(), peeks=True)
        conn.slot, conn.marks = 1, bytearray([CLEAN, CLEAN])
        seen = []

        def recv(size: int, flags: int = 0) -> bytes:
            if not flags & socket.MSG_PEEK:
                seen.append(conn.marks[1])
            return ours.recv(size, flags)

        conn.recv = recv  # type: ignore[assignment]
        theirs.sendall(CHUNKED)
        assert conn.read() and conn.marks[1] == CLEAN and not seen
        assert conn.take(HeadCache(), 1000) is None
        assert seen and set(seen) == {TAKEN}


def test_requests_on_their_way_to_a_worker_are_answered_when_the_service_stops() -> None:
    handoff = Handoff.make()
    lines: list[str] = []
    client, server = socket.socketpair()
    try:
        with client, server:
            client.settimeout(5)
            assert handoff.give(server, time.monotonic())
            server.close()
            Rescue(handoff, lines.append, lambda status, seconds: None).dismiss("The service was stopped.")
            answer = client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 503") and b"The service was stopped." in answer
    finally:
        handoff.close()
