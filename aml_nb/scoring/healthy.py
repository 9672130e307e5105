"""Whether the server on this port of this machine answers: ``python -I -S healthy.py PORT``, exit code 0 or 1.

Docker runs it again and again beside the service: it imports next to nothing.
"""

import socket
import sys

_ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_PATIENCE_S = 5


def healthy(port: int) -> bool:
    """Whether ``GET /`` is answered with a 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as sock:
            sock.sendall(_ASKED)
            return sock.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(int(sys.argv[1])) else 1)
