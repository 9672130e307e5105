"""A deployment that takes long is answered before it is over, and its failure is told all the same."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException
from aml_nb.labserver.actions import deploying
from aml_nb.labserver.call import Call
from aml_nb.labserver.faults import Refusal
from aml_nb.labserver.workspaces import Workspaces


class Site(SimpleNamespace):
    """As much of a server as a deployment needs."""

    def __init__(self, root: Path) -> None:
        super().__init__(root=root, workspaces=Workspaces(), hub=self, told=[], heard=threading.Event())

    def tell(self, identity: str, event: dict[str, Any]) -> None:
        self.told.append((identity, event))
        self.heard.set()


def asked(ws: Workspace, site: Site, **body: Any) -> Call:
    Path("m").write_text("m")
    Model.register(ws, "m", "iris")
    (site.root / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    wanted = {"name": "web", "compute": "local", "entry_script": "score.py", **body}
    return Call(site, {"ws": "test-ws", "id": "iris:1"}, {}, wanted, changing=True)  # type: ignore[arg-type]


def test_a_late_failure_is_an_event(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def fail(*args: Any, **kwargs: Any) -> Any:
        go.wait(20)
        raise UserErrorException("there is no such package", hint="another one")

    monkeypatch.setattr(deploying, "deploy_model", fail)
    monkeypatch.setattr(deploying, "PATIENCE_S", 0.05)
    site = Site(tmp_path)
    answer = deploying.deploy(asked(ws, site))
    assert answer.status == 202 and answer.value["row"]["id"] == "web@local"
    assert answer.value["row"]["tone"] == "busy" and site.told == []
    go.set()
    assert site.heard.wait(20)
    ((identity, event),) = site.told
    assert identity == "test-ws" and event["event"] == "error" and event["id"] == "web"
    assert (event["message"], event["hint"], event["code"]) == ("there is no such package", "another one", "user")
    site.workspaces.close()


def test_an_early_failure_is_the_answer(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise UserErrorException("no")

    monkeypatch.setattr(deploying, "deploy_model", fail)
    site = Site(tmp_path)
    with pytest.raises(UserErrorException):
        deploying.deploy(asked(ws, site))
    site.workspaces.close()


@pytest.mark.parametrize(
    "body",
    [
        {"compute": "moon"}, {"compute": "aci:x"}, {"compute": "aks"}, {"cpu": "much"}, {"name": None},
        {"auth": "maybe"},
        {"entry_script": None, "environment": "AzureML-Minimal"}, {"auth": "token"},
        {"entry_script": "a\0b"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_before_anything_starts(ws: Workspace, tmp_path: Path, body: dict[str, Any]) -> None:
    site = Site(tmp_path)
    with pytest.raises(Refusal):
        deploying.deploy(asked(ws, site, **body))
    site.workspaces.close()
