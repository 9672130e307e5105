"""Which rows are drawn: a number made of a row's place and a seed, the same in every release and with any threads."""

from __future__ import annotations

import hashlib

PRIME = (1 << 61) - 1
_FACTORS = (0x1B873593CC9E2D51, 0x0F1BBCDCBFA53E0B, 0x12BB133111EB94D1)
_FACTORS_IN_RANGE = tuple(factor % PRIME for factor in _FACTORS)


def drawn(place: str, fraction: float, seed: int) -> str:
    """The SQL that is true for about this fraction of the rows.

    Parameters
    ----------
    place : the SQL for the number of a row, from 1.
    fraction, seed : how many, and which ones.
    """
    if fraction >= 1:
        return "true"
    first, second, third = _FACTORS_IN_RANGE
    # The product of two numbers of 61 bits is one of 122: it fits.
    one = f"CAST((CAST({place} AS HUGEINT) + {_start(seed)}) * {first} % {PRIME} AS BIGINT)"
    two = f"CAST(CAST(xor({one}, {one} >> 29) AS HUGEINT) * {second} % {PRIME} AS BIGINT)"
    three = f"CAST(xor({two}, {two} >> 31) AS HUGEINT) * {third} % {PRIME}"
    return f"{three} < {int(fraction * PRIME)}"


def is_drawn(place: int, fraction: float, seed: int) -> bool:
    """The same for one row, in Python."""
    if fraction >= 1:
        return True
    first, second, third = _FACTORS_IN_RANGE
    one = (place + _start(seed)) * first % PRIME
    two = (one ^ (one >> 29)) * second % PRIME
    return (two ^ (two >> 31)) * third % PRIME < int(fraction * PRIME)


def _start(seed: int) -> int:
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:7], "big")
