"""The table of images."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.display.images import ImageTable, size


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (3_637_318, "3.6 MB"),
        (128_000_000, "128 MB"),
        (5e9, "5.0 GB"),
        (4.2e13, "42.0 TB"),
    ],
)
def test_sizes_are_told_as_docker_tells_them(number: float, text: str) -> None:
    assert size(number) == text


@given(st.integers(0, 10**15))
def test_a_size_is_close_to_the_number(number: int) -> None:
    value, unit = size(number).split()
    power = ("B", "kB", "MB", "GB", "TB").index(unit)
    assert float(value) * 1000**power == pytest.approx(number, rel=0.051)


@dataclass(frozen=True)
class Image:
    tag: str = "aml-nb/service/iris:1"
    id: str = "sha256:1"
    kind: str = "service"
    size: int = 128_000_000
    own: int = 1100
    created: float = 0.0
    users: tuple[str, ...] = ("aml-iris-1",)
    holds: str = "service iris, revision 1"
    service: str | None = "iris"


def test_a_row_says_what_an_image_adds_and_who_uses_it() -> None:
    table = ImageTable([Image(created=time.time() - 120)])
    assert table.row(table[0]) == [
        "aml-nb/service/iris:1", "service", "1.1 kB", "128 MB", "2 min", "aml-iris-1", "service iris, revision 1",
    ]  # fmt: skip
    assert table["aml-nb/service/iris:1"] is table[0]
    assert table.as_data()[0]["adds"] == 1100


def test_where_none_is_there_the_next_step_is_named() -> None:
    assert "%image base" in ImageTable([]).as_text()
