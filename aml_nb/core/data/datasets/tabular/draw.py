"""Which rows are drawn: a number made of a row's place and a seed, the same in every release and with any threads."""

from __future__ import annotations

import hashlib

BITS = 32
_MASK = (1 << BITS) - 1
_FACTOR = 0x45D9F3B  # times a number of 32 bits it is one of 59: it fits


def drawn(sql: str, fraction: float, seed: int, chosen: bool) -> str:
    """The query for about this fraction of a query's rows, or for the others.

    Parameters
    ----------
    sql : the query; none of its columns is called ``h``.
    fraction, seed : how many, and which ones.
    chosen : whether those are wanted, or the others.
    """
    first, second = _starts(seed)
    made = f"SELECT *, row_number() OVER () AS h FROM ({sql})"
    steps = [f"xor(xor(h & {_MASK}, (h >> {BITS}) * 40503 & {_MASK}), {first})", *_SQL_ROUND, f"xor(h, {second})"]
    # Step by step: in one expression each step would be computed twice for each step above it.
    for step in [*steps, *_SQL_ROUND]:
        made = f"SELECT * REPLACE ({step} AS h) FROM ({made})"
    return f"SELECT * EXCLUDE (h) FROM ({made}) WHERE h {'<' if chosen else '>='} {_bound(fraction)}"


def is_drawn(place: int, fraction: float, seed: int) -> bool:
    """The same for one row, by its place from 1, in Python."""
    first, second = _starts(seed)
    number = _round((place & _MASK) ^ ((place >> BITS) * 40503 & _MASK) ^ first)
    return _round(number ^ second) < _bound(fraction)


_SQL_ROUND = [f"xor(h >> 16, h) * {_FACTOR} & {_MASK}", f"xor(h >> 16, h) * {_FACTOR} & {_MASK}", "xor(h >> 16, h)"]


def _round(number: int) -> int:
    for _ in range(2):
        number = ((number >> 16) ^ number) * _FACTOR & _MASK
    return (number >> 16) ^ number


def _bound(fraction: float) -> int:
    return int(fraction * (1 << BITS))


def _starts(seed: int) -> tuple[int, int]:
    digest = hashlib.sha256(str(seed).encode()).digest()
    return int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:8], "big")
