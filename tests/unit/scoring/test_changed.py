"""Which files were written since the last look."""

from __future__ import annotations

from pathlib import Path

from aml_nb.scoring.changed import Changed
from aml_nb.scoring.config import write_atomically


def test_a_file_counts_once_when_it_is_written_and_when_it_goes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    changed = Changed()

    def look(*paths: Path | None) -> bool:
        return changed(None if path is None else str(path) for path in paths)

    write_atomically(one, b"1")
    assert not look(one, None) and not look(one)
    write_atomically(one, b"1")
    assert look(one) and not look(one)
    write_atomically(other, b"1")
    assert not look(one, other) and not look(other)
    other.unlink()
    assert look(other) and not look(other)
