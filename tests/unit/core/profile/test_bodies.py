"""What requests for a profile can be made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.core.profile.bodies import bodies_of
from aml_nb.errors import UserErrorException


class Rows:
    """What a tabular dataset gives."""

    def to_pandas_dataframe(self) -> pd.DataFrame:
        return pd.DataFrame({"request": ["one", "two"]})


class TabularDataset:
    """A dataset that gives nothing yet."""


@pytest.mark.parametrize(
    ("given", "bodies"),
    [
        ('{"data": [1]}', [b'{"data": [1]}']),
        (b"\x00\xff", [b"\x00\xff"]),
        ({"data": [1]}, [b'{"data": [1]}']),
        (["é", b"x", {"a": 1}, [1]], ["é".encode(), b"x", b'{"a": 1}', b"[1]"]),
        (("one", "two"), [b"one", b"two"]),
        (pd.DataFrame({"request": ["one", "two"]}), [b"one", b"two"]),
        (pd.Series(["one", "two"]), [b"one", b"two"]),
        (np.array(["one", "two"]), [b"one", b"two"]),
        (Rows(), [b"one", b"two"]),
        ("no file of this name", [b"no file of this name"]),
    ],
)
def test_requests(given: Any, bodies: list[bytes]) -> None:
    assert bodies_of(given) == bodies


def test_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.json").write_text('{\n"data": 1\n}')
    Path("lines.jsonl").write_text("[1]\n\n[2]\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b.png").write_bytes(b"\x89b")
    (folder / "a.png").write_bytes(b"\x89a")
    (folder / "below").mkdir()
    assert bodies_of(Path("one.json")) == bodies_of("one.json") == [b'{\n"data": 1\n}']
    assert bodies_of("lines.jsonl") == [b"[1]", b"[2]"]
    assert bodies_of(folder) == [b"\x89a", b"\x89b"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "from a NoneType"),
        (3, "from a int"),
        (TabularDataset(), "from a TabularDataset. It takes"),
        ([], "no request"),
        ({"a": object()}, "cannot be written as JSON"),
        (pd.DataFrame({"a": ["1"], "b": ["2"]}), "2 columns; it needs one"),
        (Path("nowhere.json"), "nowhere.json cannot be read"),
        (["x"] * 10_001, "10001 requests"),
    ],
)
def test_what_is_refused_says_what_is_taken(given: Any, said: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserErrorException) as caught:
        bodies_of(given)
    assert said in caught.value.message
