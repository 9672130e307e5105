from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.scoring.connection import Connection
from aml_nb.scoring.http import CHUNKED, ChunkedBody, HeadCache, HttpError, head_bytes

TOKENS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).map(lambda name: f"x-{name}")
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30)


class Pipe:
    """Stands for a socket whose bytes come in the pieces a test chose."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.sent = b""

    def fileno(self) -> int:
        return 99

    def recv(self, size: int) -> bytes:
        return self._pieces.pop(0)

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)


def requests_of(pieces: list[bytes], limit: int = 10_000) -> list[tuple[str, bytes]]:
    """What a connection makes of bytes that come in ``pieces``."""
    conn = Connection(Pipe([piece for piece in pieces if piece]), 0.0)  # type: ignore[arg-type]
    heads = HeadCache()
    found: list[tuple[str, bytes]] = []
    for _ in range(sum(1 for piece in pieces if piece)):
        assert conn.read()
        while (request := conn.take(heads, limit)) is not None:
            found.append((request[0].path, request[1]))
    return found


def plain(path: str, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


def chunked(path: str, body: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:2], body[2:]) if part)
    return b"POST %b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % (path.encode(), chunks)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4), st.data())
def test_requests_are_the_same_however_their_bytes_come(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(plain(f"/{n}", body) for n, body in enumerate(bodies))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert requests_of(pieces) == [(f"/{n}", body) for n, body in enumerate(bodies)]


@given(st.binary(max_size=40), st.data())
def test_a_chunked_body_is_the_same_however_it_comes(body: bytes, data: st.DataObject) -> None:
    stream = chunked("/c", body)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert requests_of(pieces) == [("/c", body)]


@given(st.dictionaries(TOKENS, VALUES, max_size=6))
def test_headers_come_back_by_lower_case_name(headers: dict[str, str]) -> None:
    lines = "".join(f"{name.upper()}: {value}\r\n" for name, value in headers.items())
    head = HeadCache().parse(f"GET /a%20b?q=1 HTTP/1.1\r\nHost: h\r\n{lines}\r\n".encode())
    assert {name: head.headers[name] for name in headers} == {n: v.strip() for n, v in headers.items()}
    assert (head.method, head.path, head.query) == ("GET", "/a b", "q=1")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    try:
        requests_of([data + b"\r\n\r\n"])
    except HttpError as error:
        assert 400 <= error.status < 600 and error.message


def test_a_head_is_parsed_once() -> None:
    heads = HeadCache()
    raw = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    assert heads.parse(raw) is heads.get(raw)


def test_kept_heads_are_few() -> None:
    heads = HeadCache()
    for number in range(5000):
        heads.parse(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)
    assert sum(heads.get(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % n) is not None for n in range(5000)) <= 512


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("HTTP/1.1\r\nHost: h", True),
        ("HTTP/1.1\r\nHost: h\r\nConnection: close", False),
        ("HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, Close", False),
        ("HTTP/1.0\r\nHost: h", False),
        ("HTTP/1.0\r\nHost: h\r\nConnection: keep-alive", True),
    ],
)
def test_whether_a_connection_stays(line: str, kept: bool) -> None:
    assert HeadCache().parse(f"GET / {line}\r\n\r\n".encode()).keep_alive is kept


def test_lengths() -> None:
    heads = HeadCache()
    assert heads.parse(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n").length == 12
    assert heads.parse(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").length == CHUNKED


def test_a_request_behind_a_chunked_one_is_refused() -> None:
    body = ChunkedBody(100)
    with pytest.raises(HttpError):
        body.feed(b"0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x", "a\nb", "a\0b"])
def test_a_header_cannot_smuggle_another(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        head_bytes(200, [("x-own", text)], True, "1.1")
