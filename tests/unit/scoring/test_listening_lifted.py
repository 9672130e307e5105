"""A listening socket under a high descriptor, so that a killed process shuts its door before it drops its clients."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.listening import bind, bind_all, close_all, lifted, shut_out

_SERVER = """
import socket, sys
from aml_nb.scoring.listening import bind, lifted
sock = lifted(bind("127.0.0.1", None))
sock.setblocking(True)
print(sock.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(sock.accept()[0])
"""


def test_the_socket_is_the_same_and_its_number_higher() -> None:
    sock = bind("127.0.0.1", None)
    port, number = sock.getsockname()[1], sock.fileno()
    with lifted(sock) as high:
        assert high.getsockname()[1] == port and high.fileno() > number + 200
        assert not os.get_inheritable(high.fileno())
        assert not high.getblocking()
        with socket.create_connection(("127.0.0.1", port), 5):
            pass


def test_a_service_listens_under_it() -> None:
    sockets = bind_all(ServerConfig("svc", "/", "score.py", "/"))
    assert sockets[0].fileno() > 200
    close_all(sockets)


def test_whoever_learns_of_a_death_finds_the_door_shut() -> None:
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            connected: list[bool] = []
            with socket.create_connection(("127.0.0.1", port), 5) as client:

                def watch(client: socket.socket = client, port: int = port, connected: list[bool] = connected) -> None:
                    try:
                        client.recv(1)
                    except ConnectionError:
                        pass
                    with socket.socket() as again:
                        connected.append(again.connect_ex(("127.0.0.1", port)) == 0)

                watcher = threading.Thread(target=watch)
                watcher.start()
                process.send_signal(signal.SIGKILL)
                watcher.join(10)
            assert connected == [False]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the door stays open until the socket is closed")
def test_who_came_before_the_door_was_shut_is_served_and_nobody_is_let_in_after() -> None:
    with bind("127.0.0.1", None) as sock:
        port = sock.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 5) as before:
            shut_out(sock)
            shut_out(sock)  # each worker does
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 5)
            with sock.accept()[0] as inside:
                before.sendall(b"x")
                assert inside.recv(1) == b"x"
