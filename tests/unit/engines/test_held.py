"""Services that wait: their sources are kept as they were, wherever these came from."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.engines.held import held_spec, hold
from aml_nb.errors import WebserviceException

KEYS = Keys.make("one", "two")


def spec(**options: object) -> ServiceSpec:
    return ServiceSpec("echo", "echo", "AKS", python="", **options)  # type: ignore[arg-type]


def test_a_folder_of_sources_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "score.py").write_text("first")
    folder = ServiceFolder(tmp_path / "services", "echo")
    asked = spec(entry_script="score.py", source_directory=str(source))

    hold(folder, asked, KEYS, tmp_path / "none")
    (source / "score.py").write_text("second")

    kept = held_spec(folder, asked)
    assert Path(str(kept.source_directory), kept.entry_script).read_text() == "first"
    assert folder.keys() == KEYS and not folder.exists()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_script_and_what_lies_beside_it_are_kept(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("script")
    (tmp_path / "helper.py").write_text("helper")
    folder = ServiceFolder(tmp_path / "services", "echo")
    beside = (("helper.py", str(tmp_path / "helper.py")),)
    asked = spec(entry_script=str(tmp_path / "score.py"), beside=beside)

    hold(folder, asked, KEYS, tmp_path / "none")
    (tmp_path / "helper.py").unlink()

    kept = held_spec(folder, asked)
    assert Path(kept.entry_script).read_text() == "script"
    assert [(place, Path(path).read_text()) for place, path in kept.beside] == [("helper.py", "helper")]


def test_an_image_that_is_there_has_its_own(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path / "services", "echo")
    asked = spec(entry_script="score.py", image="echo:1")
    hold(folder, asked, KEYS, tmp_path / "none")
    assert held_spec(folder, asked) == asked


def test_nothing_is_left_where_a_source_is_not_there(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path / "services", "echo")
    with pytest.raises(WebserviceException, match="unable to find the entry script"):
        hold(folder, spec(entry_script=str(tmp_path / "gone.py")), KEYS, tmp_path / "none")
    assert not folder.path.exists() and not folder.staging.exists()
