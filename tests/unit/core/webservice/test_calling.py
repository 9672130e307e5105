"""What is told of calls that get no answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.webservice import calling, services
from aml_nb.errors import WebserviceException


def test_a_service_that_ended_under_a_call_tells_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise ConnectionResetError(104, "Connection reset by peer")

    def look() -> None:
        service.scoring_uri, service.state, service.error = None, "Failed", {"message": "init() raised ValueError"}

    service: Any = SimpleNamespace(
        scoring_uri="http://localhost:1/score",
        state="Transitioning",
        error=None,
        update_deployment_state=look,
        _record={"spec": {"scoring_timeout_ms": 1000}},
    )
    monkeypatch.setattr(calling, "post", refuse)
    monkeypatch.setattr(services, "spec_of", lambda record: SimpleNamespace(certificate=None))
    with pytest.raises(WebserviceException, match=r"Current state: Failed[\s\S]*init\(\) raised ValueError"):
        calling.score(service, "{}", lambda fresh: None)
