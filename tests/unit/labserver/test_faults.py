"""Errors as every route tells them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.web import HTTPError

from aml_nb.errors import (
    AzureMLException,
    ExperimentExecutionException,
    NotAvailableError,
    ServiceException,
    Source,
    StoreError,
    UserErrorException,
    WebserviceException,
)
from aml_nb.labserver.answers import to_json
from aml_nb.labserver.call import Call
from aml_nb.labserver.faults import NothingThereError, Refusal, told

SITE: Any = None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UserErrorException("no"), 400),
        (WebserviceException("gone", status_code=404), 404),
        (WebserviceException("its own answer", status_code=502), 400),
        (ServiceException("RunNotFound", status_code=404), 404),
        (ExperimentExecutionException("no"), 400),
        (AzureMLException("no"), 400),
        (NotAvailableError("no"), 501),
        (StoreError("the disk is full"), 500),
        (Refusal("no"), 400),
        (NothingThereError("no"), 404),
        (HTTPError(405), 405),
    ],
)
def test_what_is_expected_is_no_fault_of_the_server(error: Exception, status: int) -> None:
    found, body = told(error)
    assert found == status
    assert set(body) == {"code", "message", "hint"} and body["message"]


def test_what_is_not_expected_says_nothing_of_itself() -> None:
    status, body = told(ValueError("the secret is hunter2"))
    assert status == 500 and body["code"] == "internal"
    assert "hunter2" not in json.dumps(body)


def test_lines_of_the_users_script_come_along() -> None:
    _, body = told(UserErrorException("no", hint="do", source=Source("score.py", 3, 2, ("a", "b", "c"))))
    assert body["where"]["file"] == "score.py" and body["hint"] == "do"
    assert [(each["number"], each["text"], each["marked"]) for each in body["where"]["lines"]] == [
        (2, "a", False),
        (3, "b", True),
        (4, "c", False),
    ]


def test_json_has_no_nan_and_knows_everything() -> None:
    value = {"nan": float("nan"), "list": [float("inf"), 1.5], "path": Source("a", 1), 3: (1, 2)}
    assert json.loads(to_json(value)) == {"nan": "nan", "list": ["inf", 1.5], "path": ["a", 1, 0, []], "3": [1, 2]}


def test_values_of_a_request_are_of_the_types_that_are_told() -> None:
    call = Call(SITE, {}, {"n": "7", "far": "999", "bad": "x"}, {"name": "a", "cpu": 2, "on": True, "null": None})
    assert call.number("n", 1, 0, 100) == 7 and call.number("far", 1, 0, 100) == 100 and call.number("no", 5, 0, 9) == 5
    assert call.given("name", str) == "a" and call.given("cpu", (int, float)) == 2 and call.given("null", str) is None
    for refused in (
        lambda: call.number("bad", 1, 0, 9),
        lambda: call.given("name", int),
        lambda: call.given("on", int),
        lambda: call.given("nothing", str, needed=True),
    ):
        with pytest.raises(Refusal):
            refused()
