"""A context on disk: everything in it, nothing secret, and no Docker needed to write it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from aml_nb.engines.base import ModelFiles, Packages, ServiceSpec
from aml_nb.engines.docker.context import DEFAULT_BASE, write_context
from aml_nb.errors import WebserviceException


def spec_of(folder: Path, **changes: object) -> ServiceSpec:
    source, model = folder / "service", folder / "model.pkl"
    source.mkdir(exist_ok=True)
    (source / "score.py").write_text("def init(): ...\ndef run(raw_data): return raw_data\n")
    model.write_bytes(b"weights")
    values = {
        "handle": "iris", "name": "iris", "kind": "ACI", "entry_script": "score.py", "python": "", "auth": "key",
        "source_directory": str(source), "models": (ModelFiles("iris", "1", source=str(model)),),
        "packages": Packages("d", "iris", requirements=("six==1.16.0",)),
    }  # fmt: skip
    return ServiceSpec(**{**values, **changes})  # type: ignore[arg-type]


def no_fetch(digest: str, target: Path) -> None:
    raise AssertionError(digest)


def test_everything_is_there(tmp_path: Path) -> None:
    dockerfile = write_context(spec_of(tmp_path), tmp_path / "context", no_fetch, tmp_path / "none")
    context = tmp_path / "context"
    assert dockerfile == context / "Dockerfile"
    assert DEFAULT_BASE in dockerfile.read_text()
    assert (context / "models/azureml-models/iris/1/model.pkl").read_bytes() == b"weights"
    assert (context / "app/service/score.py").is_file()
    assert (context / "site/aml_nb/scoring/container.py").is_file()
    assert not list(context.rglob("*.pyc"))
    told = json.loads((context / "service/service.json").read_text())
    assert (told["app_root"], told["host"], told["port"]) == ("/var/azureml-app", "0.0.0.0", 5001)
    assert not (context / "service/keys.json").exists()


def test_the_environments_image_goes_before_the_callers(tmp_path: Path) -> None:
    packages = Packages("d", base_image="mine:1")
    spec = spec_of(tmp_path, packages=packages)
    assert "BASE_IMAGE=mine:1" in write_context(spec, tmp_path / "c", no_fetch, tmp_path, "other:2").read_text()
    spec = spec_of(tmp_path)
    assert "BASE_IMAGE=other:2" in write_context(spec, tmp_path / "d", no_fetch, tmp_path / "x", "other:2").read_text()


def archive(folder: Path, *names: str) -> str:
    """A build context with these files, each of which holds its name."""
    with tarfile.open(folder / "context.tar", "w") as tar:
        for name in names:
            head = tarfile.TarInfo(name)
            head.size = len(name)
            tar.addfile(head, io.BytesIO(name.encode()))
    return str(folder / "context.tar")


def test_the_users_own_context_keeps_the_root(tmp_path: Path) -> None:
    """Their COPY lines are about it; ``app`` and ``models`` of theirs and of ours do not meet."""
    held = archive(tmp_path, "Dockerfile", ".dockerignore", "app/mine.py", "models/mine.bin")
    packages = Packages("d", dockerfile="FROM a\nCOPY app /app\n", context=held)
    write_context(spec_of(tmp_path, packages=packages), tmp_path / "c", no_fetch, tmp_path / "none")
    context = tmp_path / "c"
    assert (context / "app/mine.py").read_text() == "app/mine.py"
    assert (context / "aml_nb-package/app/service/score.py").is_file()
    assert not (context / ".dockerignore").exists()
    whole = (context / "Dockerfile").read_text()
    assert "COPY app /app" in whole
    copied = [json.loads(line[line.index("[") :])[0] for line in whole.splitlines() if re.match(r"COPY.* \[", line)]
    assert len(copied) == 5
    assert all((context / place).is_dir() and place.startswith("aml_nb-package/") for place in copied)


def test_a_context_that_is_gone_or_in_the_way_is_named(tmp_path: Path) -> None:
    packages = Packages("d", dockerfile="FROM a\n", context=str(tmp_path / "none.tar"))
    with pytest.raises(WebserviceException, match=r"none\.tar cannot be read"):
        write_context(spec_of(tmp_path, packages=packages), tmp_path / "c", no_fetch, tmp_path / "none")
    packages = Packages("d", dockerfile="FROM a\n", context=archive(tmp_path, "aml_nb-package/x"))
    with pytest.raises(WebserviceException, match="holds aml_nb-package"):
        write_context(spec_of(tmp_path, packages=packages), tmp_path / "d", no_fetch, tmp_path / "none")


def test_a_script_that_is_gone_is_named(tmp_path: Path) -> None:
    spec = spec_of(tmp_path)
    (tmp_path / "service" / "score.py").unlink()
    with pytest.raises(WebserviceException, match="score.py"):
        write_context(spec, tmp_path / "context", no_fetch, tmp_path / "none")


def test_no_client_of_docker_is_needed() -> None:
    code = "import sys; sys.modules['docker'] = None; import aml_nb.engines.docker.context"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
