"""What of the user's files goes into a revision."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from aml_nb.engines import snapshot
from aml_nb.engines.base import ModelFiles, ServiceSpec
from aml_nb.errors import WebserviceException


def fetch(digest: str, target: Path) -> None:
    target.write_text(f"bytes of {digest}")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "my code"
    for name in (".git", "__pycache__", ".ipynb_checkpoints", "package"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file.py").write_text("x = 1\n")
    (folder / "score.py").write_text("import package\n")
    return folder


def spec(source: Path | None, *models: ModelFiles) -> ServiceSpec:
    script = "score.py" if source is not None else "/nowhere/score.py"
    return ServiceSpec("s", "s", "ACI", script, "python", source_directory=source and str(source), models=models)


def files(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_a_source_directory_goes_as_a_whole_without_caches(source: Path, tmp_path: Path) -> None:
    snapshot.take(spec(source), tmp_path / "root", fetch, tmp_path / "home")
    assert files(tmp_path / "root") == ["my code/package/file.py", "my code/score.py"]
    where = snapshot.layout(spec(source), tmp_path / "root")
    assert (where.entry_script, where.source_directory) == ("my code/score.py", "my code")


def test_a_script_alone_goes_alone(source: Path, tmp_path: Path) -> None:
    alone = replace(spec(None), entry_script=str(source / "score.py"))
    snapshot.take(alone, tmp_path / "root", fetch, tmp_path / "home")
    assert files(tmp_path / "root") == ["score.py"]


def test_files_and_folders_go_beside_a_script(source: Path, tmp_path: Path) -> None:
    (tmp_path / "conf.json").write_text("{}")
    beside = (("conf.json", str(tmp_path / "conf.json")), ("deep/package", str(source / "package")))
    wanted = replace(spec(None), entry_script=str(source / "score.py"), beside=beside)
    snapshot.take(wanted, tmp_path / "root", fetch, tmp_path / "home")
    assert files(tmp_path / "root") == ["conf.json", "deep/package/file.py", "score.py"]
    assert ServiceSpec.from_dict(wanted.to_dict()) == wanted
    gone = replace(wanted, beside=(("x", str(tmp_path / "x")),))
    with pytest.raises(WebserviceException, match="unable to find the dependency"):
        snapshot.take(gone, tmp_path / "other", fetch, tmp_path / "home")


def test_models_lie_where_v1_has_them(source: Path, tmp_path: Path) -> None:
    one = ModelFiles("iris", "2", (("folder/model.pkl", "d1"), ("folder/labels.txt", "d2")))
    root = tmp_path / "root"
    snapshot.take(spec(source, one), root, fetch, tmp_path / "home")
    assert (root / "azureml-models/iris/2/folder/model.pkl").read_text() == "bytes of d1"
    assert snapshot.layout(spec(source, one), root).model_dir == str(root / "azureml-models/iris/2")
    two = spec(source, one, ModelFiles("other", "1"))
    assert snapshot.layout(two, root).model_dir == str(root / "azureml-models")


def test_the_models_of_the_revision_before_are_taken_as_they_are(source: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "1", tmp_path / "2"
    wanted = spec(source, ModelFiles("iris", "1", (("model.pkl", "d1"),)))
    snapshot.take(wanted, old, fetch, tmp_path / "home")
    snapshot.take(wanted, new, fetch, tmp_path / "home", before=old)
    a, b = (root / "azureml-models/iris/1/model.pkl" for root in (old, new))
    assert a.read_text() == b.read_text()
    assert os.path.samefile(a, b)


def test_the_workspaces_themselves_are_not_copied(source: Path, tmp_path: Path) -> None:
    home = source / "home"
    home.mkdir()
    (home / "store.db").touch()
    snapshot.take(spec(source), tmp_path / "root", fetch, home)
    assert not any("store.db" in name for name in files(tmp_path / "root"))


def test_a_link_that_leads_back_up_ends(source: Path, tmp_path: Path) -> None:
    (source / "package" / "up").symlink_to(source, target_is_directory=True)
    snapshot.take(spec(source), tmp_path / "root", fetch, tmp_path / "home")
    assert files(tmp_path / "root") == ["my code/package/file.py", "my code/score.py"]


def test_links_that_lead_round_end(source: Path, tmp_path: Path) -> None:
    (source / "other").mkdir()
    (source / "other" / "package").symlink_to("../package", target_is_directory=True)
    (source / "package" / "other").symlink_to("../other", target_is_directory=True)
    snapshot.take(spec(source), tmp_path / "root", fetch, tmp_path / "home")
    assert files(tmp_path / "root") == [
        "my code/other/package/file.py", "my code/package/file.py", "my code/score.py"
    ]  # fmt: skip


def test_too_much_is_refused_before_the_disk_is_full(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_SOURCE_BYTES", 1024**2)
    (source / "large.bin").write_bytes(bytes(1024**2))
    with pytest.raises(WebserviceException, match="more than 1 MB"):
        snapshot.take(spec(source), tmp_path / "root", fetch, tmp_path / "home")
