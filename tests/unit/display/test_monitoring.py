from __future__ import annotations

import json

import pandas as pd

from aml_nb.core.monitoring import ServiceMetrics
from aml_nb.display.monitoring import InsightsTable, MetricsCard
from aml_nb.scoring.histogram import counted
from aml_nb.scoring.history import Second

TIMES = tuple(counted([0.01] * 19 + [2.0]))
CARD = MetricsCard("<iris>", ServiceMetrics.of([Second(10, 20, 1, 2, 3, TIMES), Second(12, replicas=1)], 10, 12))
HOSTILE = "<script>alert(1)</script>\x1b[2J"


def test_metrics_as_text_html_and_data() -> None:
    text = CARD.as_text()
    assert "20 in 3 s, 6.7 a second" in text and "1 (5.0 %)" in text and "2 at most" in text
    page = CARD.as_html()
    assert page.count("<img ") == 3 and "<iris>" not in page
    assert json.loads(json.dumps(CARD.as_data()))["requests"] == [20, 0, 0]


def test_a_service_without_a_request_says_so() -> None:
    assert "nothing yet" in MetricsCard("iris", ServiceMetrics.of([], 1, 60)).as_text()


def frame(**values: object) -> pd.DataFrame:
    columns = {name: [None] for name in ("time", "request_id", "severity_text", "message")}
    return pd.DataFrame({**columns, "time": [pd.Timestamp("2026-01-02T03:04:05.678Z")], **values})


def test_what_a_script_printed_is_shown_and_never_run() -> None:
    table = InsightsTable("iris", "traces", frame(message=[HOSTILE], request_id=["r-1"]), True, "%x")
    assert "<script" not in table.as_html() and "\x1b" not in table.as_text()
    assert "2026-01-02 03:04:05.678" in table.as_text() and "r-1" in table.as_text()
    assert table.as_data() == [{"time": "2026-01-02T03:04:05.678000+00:00", "request_id": "r-1", "message": HOSTILE}]


def test_where_nothing_is_collected_the_way_is_told() -> None:
    nothing = frame().iloc[:0]
    on = InsightsTable("iris", "traces", nothing, True, "%service update iris --app-insights")
    off = InsightsTable("iris", "traces", nothing, False, "%service update iris --app-insights")
    assert on.as_text() == "iris has no traces to show." and len(on) == 0
    assert "%service update iris --app-insights turns that on" in off.as_text() and "turns" in off.as_html()
