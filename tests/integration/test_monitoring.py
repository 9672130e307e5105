"""What services tell of themselves, from real ones: figures, Prometheus' page, insights and collected data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from aml_nb.core import monitoring
from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.data.datasets.tabular_factory import TabularDatasetFactory
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import registered, script, until
from tests.integration.serving import Service

ECHO = """
import os, time
def init(): pass
def run(raw_data):
    if raw_data == "die":
        os._exit(1)
    if raw_data == "bad":
        raise ValueError("no")
    time.sleep(0.02)
    return raw_data
"""
COLLECTING = """
import json, logging
from azureml.monitoring import ModelDataCollector

def init():
    global inputs, predictions
    inputs = ModelDataCollector("greeting", designation="inputs", feature_names=["a", "b"])
    predictions = ModelDataCollector("greeting", designation="predictions", feature_names=["sum"])

def run(raw_data):
    print("got", raw_data)
    logging.getLogger("mine").error("careful")
    rows = json.loads(raw_data)["data"]
    known = inputs.collect(rows)
    sums = [a + b for a, b in rows]
    if known is not None:
        predictions.collect(predictions.add_correlations(sums, known))
    return sums
"""


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "svc", ECHO, worker_count=2)
    try:
        until(lambda: len(service.workers()) == 2)
        yield service
    finally:
        service.close()


def counted(url: str, **headers: str) -> dict[str, int]:
    """How many requests each status had, as the whole service tells Prometheus."""
    answer = requests.get(f"{url}/metrics", headers=headers, timeout=10)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    (family,) = [f for f in text_string_to_metric_families(answer.text) if f.name.startswith("http_server")]
    found: dict[str, int] = {}
    for sample in family.samples:
        if sample.name.endswith("_count") and sample.labels.get("http_route", "").endswith("/score"):
            status = sample.labels["http_response_status_code"]
            found[status] = found.get(status, 0) + int(sample.value)
    return found


def test_any_worker_tells_of_all_also_after_an_update_and_a_death(echo: Service, tmp_path: Path) -> None:
    for body in ("a", "b", "bad", "c"):
        echo.post(body)  # each on a connection of its own: whichever worker takes it
    assert {frozenset(counted(echo.url).items()) for _ in range(6)} == {frozenset({("200", 3), ("500", 1)})}
    echo.update(ECHO + "# another\n")
    echo.settled()
    echo.post("d")
    assert counted(echo.url) == {"200": 4, "500": 1}
    assert echo.post("die").status_code == 502
    until(lambda: len(echo.workers()) == 2)
    echo.post("e")
    assert counted(echo.url) == {"200": 5, "500": 1, "502": 1}
    assert "GET /metrics" not in echo.log()


def test_each_second_is_kept_and_outlives_the_supervisor(echo: Service) -> None:
    from aml_nb.scoring.history import read

    for body in ("a", "b", "bad"):
        echo.post(body)
    path = echo.folder / "metrics"

    def totals() -> tuple[int, int]:
        found = read(path, 60)
        return sum(second.requests for second in found), sum(second.errors for second in found)

    until(lambda: totals() == (3, 1))
    busy = [second for second in read(path, 60) if second.requests]
    assert busy[-1].replicas == 2 and sum(sum(second.counts) for second in busy) == 3
    echo.process.send_signal(signal.SIGKILL)
    echo.process.wait()
    echo.process = subprocess.Popen(echo.process.args)
    until(lambda: echo.state()["pid"] == echo.process.pid and len(echo.workers()) == 2)
    echo.post("c")
    until(lambda: totals() == (4, 1))


def test_who_may_not_score_may_not_see_the_figures(tmp_path: Path) -> None:
    service = Service(tmp_path / "svc", ECHO, auth="key", scoring_path="/api/v1/service/svc/score")
    try:
        key = json.loads((service.folder / "keys.json").read_text())["primary"]
        assert requests.get(f"{service.url}/metrics", timeout=10).status_code == 401
        assert counted(f"{service.url}/api/v1/service/svc", Authorization=f"Bearer {key}") == {}
        assert requests.post(f"{service.url}/score", "x", timeout=10).status_code == 401
        assert counted(service.url, Authorization=f"Bearer {key}") == {"401": 1}
    finally:
        service.close()


def ask(service: Webservice, rows: list[Any]) -> Any:
    return service.run(json.dumps({"data": rows}))


def test_the_workspace_has_what_a_service_told_and_collected(ws: Workspace) -> None:
    config = AciWebservice.deploy_configuration(collect_model_data=True, enable_app_insights=True)
    service: Any = Model.deploy(ws, "told", [registered(ws)], script(COLLECTING), config)
    service.wait_for_deployment()
    assert ask(service, [[1, 2], [3, 4]]) == [3, 7]
    ask(service, [[5, 6]])
    with pytest.raises(WebserviceException):
        ask(service, [[1]])
    until(lambda: len(service.get_requests()) == 3)
    (failed,) = service.get_exceptions().to_dict("records")
    assert failed["exception.type"] == "ValueError" and failed["source_line"] == "sums = [a + b for a, b in rows]"
    joined = monitoring.query(
        ws,
        'SELECT r."http.response.status_code" AS status, count(*) AS said FROM requests r JOIN traces t '
        "USING (request_id) GROUP BY ALL ORDER BY status",
    )
    assert joined.to_dict("records") == [{"status": 200, "said": 4}, {"status": 500, "said": 2}]
    until(lambda: sum(service.get_metrics(60).requests) == 3)

    day = f"modeldata/{ws.subscription_id}/{ws.resource_group}/{ws.name}/told/greeting/1"
    where = [(ws.get_default_datastore(), f"{day}/{name}/**/data.csv") for name in ("inputs", "predictions")]
    inputs, predictions = (TabularDatasetFactory.from_delimited_files([path]).to_pandas_dataframe() for path in where)
    assert inputs[["a", "b"]].to_numpy().tolist()[:3] == [[1, 2], [3, 4], [5, 6]]
    both = inputs.merge(predictions, on=["$aml_dc_correlation_id", "$aml_request_id"])
    assert (both["a"] + both["b"]).tolist() == both["sum"].tolist() == [3, 7, 11]
    assert set(both["$aml_request_id"]) <= set(service.get_requests()["request_id"])


def test_insights_are_off_until_they_are_turned_on(ws: Workspace) -> None:
    service: Any = Model.deploy(ws, "told", [registered(ws)], script(COLLECTING), AciWebservice.deploy_configuration())
    service.wait_for_deployment()
    ask(service, [[1, 2]])
    service.update(enable_app_insights=True)
    service.wait_for_deployment()
    ask(service, [[3, 4]])
    until(lambda: len(service.get_requests()) == 1)
    assert service.get_requests()["request_body"][0] == '{"data": [[3, 4]]}'
    assert not list(Path(ws._folder, "datastores").rglob("*.csv"))
    until(lambda: sum(service.get_metrics(60).requests) == 2)


def test_a_deployment_from_another_process_is_told_of_here(ws: Workspace) -> None:
    """A kernel that ends takes nothing along."""
    code = (
        "from aml_nb.core.workspace import Workspace; from aml_nb.core.webservice import Webservice; import json;"
        "ws = Workspace.get('test-ws'); s = Webservice(ws, 'told');"
        "s.run('{\"data\": [[1, 2]]}'); print(json.dumps(s.get_metrics(60).to_dict()))"
    )
    cluster = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
    config = AksWebservice.deploy_configuration(num_replicas=2, cpu_cores=0.1, memory_gb=0.2, enable_app_insights=True)
    service: Any = Model.deploy(ws, "told", [registered(ws)], script(COLLECTING), config, cluster)
    service.wait_for_deployment()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert set(json.loads(done.stdout)) == {"at", "requests", "errors", "p50", "p99", "replicas", "queue"}
    until(lambda: service.get_metrics(60).requests.count(1) == 1 and service.get_metrics(60).replicas[-1] == 2)
    until(lambda: list(service.get_traces()["message"]) == ['got {"data": [[1, 2]]}', "careful"])
