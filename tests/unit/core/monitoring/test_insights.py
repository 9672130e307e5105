from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datastore import Datastore
from aml_nb.core.monitoring import exceptions, insights, query, requests, traces
from aml_nb.core.workspace import Workspace
from aml_nb.engines import collecting
from aml_nb.errors import UserErrorException
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.insights import Insights


def write(ws: Workspace, service: str, kind: str, *rows: dict[str, Any], suffix: str = "", tail: str = "") -> None:
    folder = Path(ws._folder, "insights", service)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"service.name": service, **row}) + "\n" for row in rows]
    (folder / f"{kind}.jsonl{suffix}").write_text("".join(lines) + tail)


def ago(seconds: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).isoformat()


def test_a_workspace_has_the_requests_of_all_services_also_of_those_that_are_gone(ws: Workspace) -> None:
    write(ws, "one", "requests", {"time": ago(60), "request_id": "a", "duration_ms": 1.5, "later": "unknown"})
    write(ws, "one", "requests", {"time": ago(3600), "request_id": "b"}, suffix=".1")
    write(ws, "two's", "requests", {"time": ago(10), "request_id": "c"}, tail='{"time": "2026-')
    assert list(requests(ws)["request_id"]) == ["b", "a", "c"]
    assert list(requests(ws, since="5m")["request_id"]) == ["a", "c"]
    assert list(requests(ws, since=datetime.now(timezone.utc) - timedelta(seconds=30))["request_id"]) == ["c"]
    assert list(requests(ws, limit=2)["request_id"]) == ["a", "c"]
    assert requests(ws).loc[1, "duration_ms"] == 1.5
    assert set(requests(ws)["service.name"]) == {"one", "two's"}


@pytest.mark.parametrize("text", ["half \ud800 of one", "\0 and \x1b[31m", '\u2028\r\n\t"', "\U0001f600" * 20_000])
def test_whatever_is_told_can_be_read_again(ws: Workspace, text: str) -> None:
    told = Insights(Path(ws._folder, "insights", "svc"), ServerConfig("svc", "/", "score.py", "", app_insights=True))
    for each in ("before", text, "after"):
        told.trace(each, 20, "stdout", None, None, 0)
        told.exception(ValueError(each))
    told.flush()
    for found in (traces(ws)["message"], exceptions(ws)["exception.message"]):
        assert [found[0], found[2]] == ["before", "after"]
        assert text.encode("utf-8", "replace").decode().startswith(found[1]) and len(found[1]) >= min(len(text), 16_000)


def test_where_nothing_was_told_the_tables_are_empty_and_have_their_columns(ws: Workspace) -> None:
    assert {"time", "request_id", "message", "severity_text"} <= set(traces(ws).columns)
    assert {"exception.type", "code.line.number", "source_line"} <= set(exceptions(ws).columns)
    assert len(query(ws, "SELECT * FROM requests JOIN traces USING (request_id)")) == 0


def test_a_query_joins_by_request_id(ws: Workspace) -> None:
    write(ws, "one", "requests", {"time": ago(5), "request_id": "a", "http.response.status_code": 500})
    write(ws, "one", "traces", *({"time": ago(5), "request_id": "a", "message": text} for text in "xy"))
    write(ws, "one", "exceptions", {"time": ago(5), "request_id": "a", "exception.type": "ValueError"})
    found = query(
        ws,
        'SELECT "exception.type" AS what, "http.response.status_code" AS status, list(message ORDER BY message) AS said'
        " FROM requests JOIN exceptions USING (request_id) JOIN traces USING (request_id) GROUP BY ALL",
    )
    assert [found.loc[0, "what"], int(found.loc[0, "status"]), list(found.loc[0, "said"])] == [
        "ValueError", 500, ["x", "y"],
    ]  # fmt: skip


def test_a_query_that_is_wrong_says_where(ws: Workspace) -> None:
    with pytest.raises(UserErrorException, match="nowhere") as caught:
        query(ws, "SELECT * FROM nowhere")
    assert "requests, traces, exceptions" in str(caught.value.hint)
    with pytest.raises(UserErrorException, match="neither a web service nor a workspace"):
        requests("iris")  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [-1, 1.5, True, "many"])
def test_a_limit_that_is_none_is_refused(ws: Workspace, limit: Any) -> None:
    with pytest.raises(UserErrorException, match="limit"):
        requests(ws, limit=limit)


@pytest.mark.parametrize(
    ("since", "seconds"),
    [("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400), (30, 30), (timedelta(minutes=1), 60)],
)
def test_times_back_from_now(since: Any, seconds: float) -> None:
    found = insights.moment(since)
    assert found is not None
    assert (datetime.now(timezone.utc) - found).total_seconds() == pytest.approx(seconds, abs=5)


def test_other_times() -> None:
    assert insights.moment(None) is None
    assert insights.moment("2026-01-02T03:04:05+00:00") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert insights.moment(datetime(2026, 1, 2)).tzinfo is not None  # type: ignore[union-attr]
    for nonsense in ("yesterday", "5 weeks", True, []):
        with pytest.raises(UserErrorException, match="no time"):
            insights.moment(nonsense)  # type: ignore[arg-type]


def test_model_data_is_in_the_default_datastore_and_in_v1s_container(ws: Workspace) -> None:
    folder = collecting.model_data_folder(Path(ws._folder, "services"))
    assert folder == ws.get_default_datastore()._local("modeldata")
    registered = Datastore.register_azure_blob_container(ws, "collected", "modeldata", ws.name, account_key="a2V5")
    assert registered._local() == folder
