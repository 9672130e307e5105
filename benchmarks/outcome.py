"""What a round of load gave, and the request it sent."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Outcome:
    """What a round gave. ``errors`` is empty when every answer was a 200 with the expected body.

    ``requests`` counts those of the measured time, ``answers`` those of the warm-up too.
    """

    requests: int
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    generator_cpu: float
    answers: int = 0
    reconnects: int = 0
    tool: str = "own"
    errors: dict[str, int] = field(default_factory=dict)
    sample: str = ""

    def line(self) -> str:
        """One line for people."""
        text = (
            f"{self.rate:,.0f} req/s   p50 {self.p50_ms:.2f} ms   p99 {self.p99_ms:.2f} ms   "
            f"max {self.max_ms:.1f} ms   errors {sum(self.errors.values())}   requests {self.requests}   "
            f"generator {self.generator_cpu:.0%} of its core ({self.tool})"
        )
        return text + (f"\nerrors: {self.errors}\nan answer: {self.sample}" if self.errors else "")


def build_request(url: str, body: bytes | None, headers: dict[str, str], method: str | None = None) -> bytes:
    """The bytes of one request, sent again and again."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = {"Host": parts.netloc, **headers}
    if body is not None:
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **lines}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    verb = method or ("GET" if body is None else "POST")
    return f"{verb} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b"")


def loopback_address(url: str) -> tuple[str, int]:
    """Host and port of ``url``; raises ValueError unless they are on this machine."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    if parts.scheme != "http" or not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{url}: only http:// on this machine's loopback is loaded")
    return host, parts.port or 80
