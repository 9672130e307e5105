"""Connections on their way from one process to another (SCM_RIGHTS)."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence

from aml_nb.scoring.connection import Connection

TOGETHER = 16
"""As many connections as go to one worker at once."""

KEPT_TOGETHER = 128
"""As many duplicates as go to the supervisor at once; Linux takes 253 descriptors a message."""

_OURS_ALONE = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_SINCE = struct.Struct("d")
_PLACE = struct.Struct("qq")


class Handoff:
    """A queue of connections that workers share: one gives, whoever looks first takes.

    With each goes since when its request waits (monotonic seconds, which all processes share; 0 where none does).
    """

    def __init__(self, give: socket.socket, take: socket.socket) -> None:
        self._give = give
        self._take = take
        self._take.setblocking(False)
        self._give.setblocking(False)

    @classmethod
    def make(cls) -> Handoff:
        """A new queue; its descriptors go to the workers."""
        return cls(*socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))

    @property
    def handles(self) -> tuple[int, int]:
        return self._give.fileno(), self._take.fileno()

    def fileno(self) -> int:
        return self._take.fileno()

    def give(self, sock: socket.socket, since: float = 0.0) -> bool:
        """Pass a connection on; False where nobody can take more just now."""
        return self.give_all([sock.fileno()], [since])

    def give_all(self, handles: Sequence[int], since: Sequence[float]) -> bool:
        """Pass up to TOGETHER connections on, all to one worker."""
        try:
            socket.send_fds(self._give, [b"".join(map(_SINCE.pack, since))], list(handles))
        except OSError:
            return False
        return True

    def take(self) -> list[tuple[socket.socket, float]]:
        """The next connections; none where another was quicker."""
        try:
            data, handles, _, _ = socket.recv_fds(self._take, TOGETHER * _SINCE.size, TOGETHER, _OURS_ALONE)
        except OSError:
            return []
        since = [value for (value,) in _SINCE.iter_unpack(data[: len(handles) * _SINCE.size])]
        return list(zip(map(_adopt, handles), since, strict=False))

    def close(self) -> None:
        self._give.close()
        self._take.close()


class Keeping:
    """The way on which a worker gives its supervisor a duplicate of each connection, with its place in the ledger."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sock.setblocking(False)
        self.ended = False

    def fileno(self) -> int:
        return self._sock.fileno()

    def give(self, conns: Sequence[Connection]) -> bool:
        """Have the supervisor keep up to KEPT_TOGETHER connections; False where it has no room just now."""
        places = b"".join(_PLACE.pack(conn.slot, conn.number) for conn in conns)
        try:
            socket.send_fds(self._sock, [places], [conn.fd for conn in conns])
        except OSError:
            return False
        return True

    def take(self) -> list[tuple[int, int, int]]:
        """Descriptor, slot and number of the next connections; none where there are no more just now, or ever."""
        try:
            data, handles, _, _ = socket.recv_fds(self._sock, KEPT_TOGETHER * _PLACE.size, KEPT_TOGETHER, _OURS_ALONE)
        except OSError:
            return []
        self.ended = not data
        places = _PLACE.iter_unpack(data[: len(handles) * _PLACE.size])
        return [(_ours(handle), slot, number) for handle, (slot, number) in zip(handles, places, strict=False)]

    def close(self) -> None:
        self._sock.close()


def _ours(handle: int) -> int:
    """Have no child inherit it."""
    if not _OURS_ALONE:
        os.set_inheritable(handle, False)
    return handle


def _adopt(handle: int) -> socket.socket:
    return socket.socket(fileno=_ours(handle))
