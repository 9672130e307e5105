"""What of a service's specification comes from the variables of its environment."""

from __future__ import annotations

from typing import Any

import pytest

from aml_nb.core.webservice import settings
from aml_nb.engines.base import ServiceSpec
from aml_nb.errors import WebserviceException


@pytest.mark.parametrize(
    ("kind", "variables", "fields"),
    [
        ("LOCAL", {}, {}),
        ("LOCAL", {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE", "SCORING_TIMEOUT_MS": "2000"}, {"scoring_timeout_ms": 2000}),
        ("ACI", {"WORKER_COUNT": 2, "SCORING_TIMEOUT_MS": "1"}, {"concurrency": 2, "scoring_timeout_ms": 1}),
        ("AKS", {"WORKER_COUNT": "2", "SCORING_TIMEOUT_MS": "no number"}, {}),
    ],
)
def test_v1s_server_variables(kind: str, variables: dict[str, Any], fields: dict[str, int]) -> None:
    assert settings.server_fields({"computeType": kind}, variables) == fields


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", ""])
def test_a_number_that_is_none_is_refused_by_the_variables_name(value: str) -> None:
    with pytest.raises(WebserviceException, match="WORKER_COUNT"):
        settings.server_fields({"computeType": "ACI"}, {"WORKER_COUNT": value})


def test_the_pages_that_may_call_a_service() -> None:
    spec = ServiceSpec("echo", "echo", "ACI", "score.py", "")
    assert spec.cors_origins is None
    spec.environment_variables["AML_CORS_ORIGINS"] = "http://a.example,http://b.example"
    assert spec.cors_origins == "http://a.example,http://b.example"
