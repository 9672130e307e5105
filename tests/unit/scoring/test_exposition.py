from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse_text

from aml_nb.scoring.exposition import DURATION, OPEN, TEXT, content_type, expose
from aml_nb.scoring.histogram import counted
from aml_nb.scoring.tallies import COUNTS, HEALTH, OTHER, SCORE, Gauges, Kind, Snapshot

PATH = "/api/v1/service/iris/score"
TAKEN = [0.00004, 0.0001, 0.003, 0.3, 200.0]
SEEN: Snapshot = {
    Kind(SCORE, "POST", 200): (math.fsum(TAKEN), counted(TAKEN)),
    Kind(SCORE, "POST", 503): (0.5, counted([0.5])),
    Kind(HEALTH, "GET", 200): (0.1, counted([0.1])),
    Kind(OTHER, "_OTHER", 0): (0.1, counted([0.1])),
}
GAUGES = Gauges(ready=2, wanted=3, queue=4, restarts=5, revision=6, started=1_700_000_000)
PARSERS: dict[str, Any] = {TEXT: parse_text, OPEN: parse_open}


def families(kind: str, service: str = "iris") -> dict[str, Any]:
    text = expose(SEEN, GAUGES, service, PATH, kind).decode()
    return {family.name: family for family in PARSERS[kind](text)}


@pytest.mark.parametrize("kind", [TEXT, OPEN])
def test_prometheus_own_parser_reads_the_histogram(kind: str) -> None:
    family = families(kind)[DURATION]
    scored = [s for s in family.samples if s.labels.get("http_response_status_code") == "200" and s.labels.get(
        "http_route") == PATH]  # fmt: skip
    buckets = {float(s.labels["le"]): s.value for s in scored if s.name.endswith("_bucket")}
    assert family.type == "histogram"
    assert (buckets[0.0001], buckets[0.005], buckets[0.5], buckets[100.0], buckets[math.inf]) == (2, 3, 4, 4, 5)
    assert [s.value for s in scored if s.name.endswith(("_count", "_sum"))] == [math.fsum(TAKEN), 5]
    assert list(buckets.values()) == sorted(buckets.values())


@pytest.mark.parametrize("kind", [TEXT, OPEN])
def test_labels_are_opentelemetrys(kind: str) -> None:
    labels = [s.labels for s in families(kind)[DURATION].samples if s.name.endswith("_count")]
    assert {
        "http_request_method": "POST", "url_scheme": "http", "http_route": PATH,
        "http_response_status_code": "503", "error_type": "503",
    } in labels  # fmt: skip
    assert {"http_request_method": "_OTHER", "url_scheme": "http", "http_response_status_code": "_OTHER"} in labels
    assert sum("error_type" in each for each in labels) == 1


@pytest.mark.parametrize(("kind", "about"), [(TEXT, "target_info"), (OPEN, "target")])
def test_how_the_service_stands(kind: str, about: str) -> None:
    found = families(kind)
    assert {s.labels["state"]: s.value for s in found["aml_service_replicas"].samples} == {"ready": 2, "wanted": 3}
    assert [s.value for s in found["aml_service_queue_length"].samples] == [4]
    assert [(s.name, s.value) for s in found["aml_service_restarts"].samples] == [("aml_service_restarts_total", 5)]
    assert [s.labels for s in found[about].samples] == [{"service_name": "iris", "service_version": "6"}]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_name_breaks_out_of_its_label(name: str) -> None:
    text = expose({}, GAUGES, name, PATH).decode()
    (about,) = [family for family in parse_text(text) if family.name == "target_info"]
    assert about.samples[0].labels["service_name"] == name


def test_who_asks_says_which_format() -> None:
    assert content_type("*/*") == content_type("") == TEXT
    assert content_type("application/openmetrics-text; version=1.0.0,text/plain;q=0.5") == OPEN
    assert json.loads(expose(SEEN, GAUGES, "iris", PATH, content_type(COUNTS)))["started"] == GAUGES.started
