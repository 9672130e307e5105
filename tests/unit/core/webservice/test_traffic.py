"""How an endpoint shares its requests out, and which changes of that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from aml_nb.core.webservice import traffic
from aml_nb.core.webservice.endpoint_changes import changes_of_endpoint
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException


def version(
    name: str, percentile: float | None = None, default: bool = False, kind: str = "Treatment"
) -> dict[str, Any]:
    return {"name": name, "trafficPercentile": percentile, "isDefault": default, "versionType": kind}


ONE, TWO, THREE = version("one", 20, True, "Control"), version("two", 30), version("three")


def test_the_default_version_gets_what_the_others_leave() -> None:
    assert traffic.shares([ONE]) == {"one": 100}
    assert traffic.shares([ONE, TWO, THREE]) == {"one": 70, "two": 30, "three": 0}
    assert traffic.shares([version("one", None, True), version("two", 100)]) == {"one": 0, "two": 100}
    assert traffic.shares([]) == {}


@pytest.mark.parametrize(
    ("serving", "expected"),
    [
        ({"one": True, "two": True, "three": True}, {"one": 70, "two": 30, "three": 0}),
        ({"one": True, "two": False, "three": True}, {"one": 100, "three": 0}),
        ({"one": False, "two": True, "three": True}, {"two": 30, "three": 0}),
        ({"one": False, "two": False, "three": True}, {"three": 100}),
        ({"one": False, "two": False, "three": False}, {}),
    ],
)
def test_who_stands_in_for_a_version_that_does_not_serve(serving: dict[str, bool], expected: dict[str, float]) -> None:
    assert traffic.routed(traffic.shares([ONE, TWO, THREE]), serving, "one") == expected


def test_another_default_and_another_control_version() -> None:
    after = traffic.changed([ONE, TWO], "two", {"is_default": True, "is_control_version_type": True})
    assert [(v["isDefault"], v["versionType"]) for v in after] == [(False, "Treatment"), (True, "Control")]
    assert traffic.changed([ONE, TWO], "one", {"is_control_version_type": False})[0]["versionType"] == "Treatment"
    assert traffic.changed([ONE, TWO], "two", {"traffic_percentile": 80})[1]["trafficPercentile"] == 80
    assert ONE["isDefault"] and not TWO["isDefault"]  # what is given is left as it is


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"traffic_percentile": 81}, "comes to 101 %"),
        ({"traffic_percentile": -1}, "between 0 and 100"),
        ({"traffic_percentile": "10"}, "between 0 and 100"),
        ({"traffic_percentile": float("nan")}, "between 0 and 100"),
    ],
)
def test_traffic_that_cannot_be(given: dict[str, Any], told: str) -> None:
    with pytest.raises(WebserviceException, match=told):
        traffic.changed([ONE, TWO], "two", given)


def test_an_endpoint_keeps_a_default_version() -> None:
    with pytest.raises(WebserviceException, match="an endpoint has one"):
        traffic.changed([ONE, TWO], "one", {"is_default": False})
    assert traffic.changed([ONE, TWO], "two", {"is_default": False}) == [ONE, TWO]


def test_a_web_service_alone_has_no_shares() -> None:
    with pytest.raises(WebserviceException, match="is_default, traffic_percentile|traffic_percentile, is_default"):
        traffic.refuse_for_a_service({"traffic_percentile": 1, "is_default": True})
    traffic.refuse_for_a_service({"num_replicas": 2})


def test_an_endpoint_that_was_deleted_cannot_be_changed(ws: Workspace) -> None:
    gone = {"name": "shared", "handle": "shared", "engine": "process", "properties": {}}
    with pytest.raises(WebserviceException, match="WebserviceNotFound: Webservice with name shared not found"):
        changes_of_endpoint(ws, gone, {"tags": {"a": "b"}})
