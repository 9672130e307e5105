"""An environment that cannot be had: the error names the line of the user's own file, whichever engine says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core import resolve
from aml_nb.core.environment import Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import content
from aml_nb.core.workspace import Workspace
from aml_nb.engines.process import ProcessEngine
from aml_nb.errors import UserErrorException, WebserviceException

SAID = "The environment 'e' cannot be made for Python 3.11: joblib==99.1 is not to be had"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InferenceConfig:
    monkeypatch.chdir(tmp_path)
    Path("score.py").write_text("def init(): ...\ndef run(raw_data): return 1\n")
    Path("env.yml").write_text("dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - joblib==99.1\n")
    return InferenceConfig("score.py", environment=Environment.from_conda_specification("e", "env.yml"))


def place(error: WebserviceException) -> tuple[str, int]:
    assert error.source is not None
    return Path(error.source.path).name, error.source.line


def test_where_it_is_resolved(ws: Workspace, config: InferenceConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise UserErrorException(SAID)

    monkeypatch.setattr(resolve, "resolve_environment", refuse)
    with pytest.raises(WebserviceException) as caught:
        Model.deploy(ws, "svc", [], config)
    assert place(caught.value) == ("env.yml", 5)


def test_where_its_image_is_built(ws: Workspace, config: InferenceConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    class CannotBeBuilt(WebserviceException):
        code = "image"

    def refuse(*_: Any) -> None:
        raise CannotBeBuilt(SAID)

    there = {"python": "", "environment_hash": "", "packages": None, "image": None, "notes": ()}
    monkeypatch.setattr(content, "_run_in", lambda *_: there)
    monkeypatch.setattr(ProcessEngine, "start", refuse)
    with pytest.raises(WebserviceException) as caught:
        Model.deploy(ws, "svc", [], config)
    assert place(caught.value) == ("env.yml", 5)
