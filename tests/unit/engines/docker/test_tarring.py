"""Archives that are made while they are sent are archives like any other."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.engines.docker.tarring import Entry, stream, tree


def unpacked(entries: list[Entry]) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(b"".join(stream(entries))))


@given(st.binary(max_size=3000), st.from_regex(r"[^/\x00\s][^/\x00\n]{0,120}", fullmatch=True))
def test_bytes_and_names_come_out_as_they_went_in(data: bytes, name: str) -> None:
    with unpacked([Entry(f"deep/{name}", data=data, owner=1000), Entry("after", data=b"x")]) as tar:
        found = tar.getmember(f"deep/{name}")
        file = tar.extractfile(found)
        assert file is not None
        assert (file.read(), found.uid, found.gid) == (data, 1000, 1000)
        assert tar.getnames()[-1] == "after"


def test_a_tree_keeps_times_and_what_may_be_run(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "run.sh").write_text("true")
    (tmp_path / "b" / "run.sh").chmod(0o700)
    (tmp_path / "a.txt").write_text("a" * 2_000_000)
    (tmp_path / "link").symlink_to("a.txt")
    os.utime(tmp_path / "a.txt", (1_000_000_000, 1_000_000_000))
    with unpacked(list(tree(tmp_path, "app", 1000))) as tar:
        assert tar.getnames() == ["app", "app/a.txt", "app/b", "app/b/run.sh", "app/link"]
        assert tar.getmember("app/a.txt").mtime == 1_000_000_000
        assert tar.getmember("app/a.txt").size == tar.getmember("app/link").size == 2_000_000
        assert tar.getmember("app/link").isfile()
        assert [tar.getmember(name).mode for name in ("app", "app/a.txt", "app/b/run.sh")] == [0o755, 0o644, 0o755]


def test_a_file_that_shrinks_meanwhile_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b"x" * 3_000_000)
    pieces = stream([Entry("model", source=file)])
    next(pieces)
    next(pieces)
    os.truncate(file, 10)
    with pytest.raises(OSError, match="became shorter"):
        list(pieces)
