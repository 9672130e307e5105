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


@pytest.mark.parametrize(("headers", "answered"), [({"www-authenticate": "Bearer"}, 200), ({}, 401)])
def test_who_is_refused_while_other_keys_take_over_is_not_for_long(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], answered: int
) -> None:
    keys = iter(["old", "old", "new"])
    sent: list[str | None] = []

    def post(uri: str, body: bytes, key: str | None, *_: Any) -> calling.Answer:
        sent.append(key)
        return calling.Answer(200 if key == "new" else 401, headers, b"1")

    asked = {"credential": next(keys)}

    def credential(fresh: bool) -> str:
        if fresh:
            asked["credential"] = next(keys)
        return asked["credential"]

    service: Any = SimpleNamespace(scoring_uri="http://localhost:1/score", _record={"spec": {"scoring_timeout_ms": 1}})
    monkeypatch.setattr(calling, "post", post)
    monkeypatch.setattr(services, "spec_of", lambda record: SimpleNamespace(certificate=None))
    if answered == 200:
        assert calling.score(service, "{}", credential) == 1 and sent == ["old", "old", "new"]
    else:  # a script's own
        monkeypatch.setattr(calling, "bad_answer", lambda service, answer: WebserviceException(str(answer.status)))
        with pytest.raises(WebserviceException, match="401"):
            calling.score(service, "{}", credential)
        assert sent == ["old", "old"]
