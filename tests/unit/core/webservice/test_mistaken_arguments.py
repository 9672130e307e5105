"""Arguments of another kind than a call takes: the call says which, and what to pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice
from aml_nb.core.webservice.aci import common_changes
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException

ACI, LOCAL = AciWebservice.deploy_configuration, LocalWebservice.deploy_configuration


@pytest.fixture
def inference(ws: Workspace) -> InferenceConfig:
    Path("score.py").write_text("def init(): pass\ndef run(data): return data\n", encoding="utf-8")
    return InferenceConfig("score.py")


@pytest.mark.parametrize(
    ("deploy", "told"),
    [
        (lambda ws, config: Model.deploy("echo", ws, [], config), "workspace takes a Workspace, not str"),
        (lambda ws, config: Model.deploy(ws, "echo", "iris", config), "models must be a list, not str"),
        (lambda ws, config: Model.package(ws, "iris", config, True), "models must be a list, not str"),
        (lambda ws, config: Model.deploy(ws, "echo", [], "score.py"), "takes an InferenceConfig, not str"),
        (lambda ws, config: Model.deploy(ws, "echo", [], "score.py", LOCAL()), "takes an InferenceConfig, not str"),
        (lambda ws, config: Model.deploy(ws, "echo", [], config, ACI(), "aks"), "for the compute target 'aks'"),
        (lambda ws, config: Model.package(ws, [], "score.py", True), "takes an InferenceConfig, not str"),
    ],
)
def test_what_a_deployment_does_not_take(
    ws: Workspace, inference: InferenceConfig, deploy: Callable[[Any, Any], Any], told: str
) -> None:
    with pytest.raises(WebserviceException, match=told) as caught:
        deploy(ws, inference)
    assert caught.value.hint
    assert ws.webservices == {}


@pytest.mark.parametrize("what", ["tags", "properties"])
def test_what_an_update_does_not_take(what: str) -> None:
    with pytest.raises(WebserviceException, match=f"{what} must be a dictionary, not 'area'"):
        common_changes({}, {what: "area"})
