"""Models deployed without a script, and requests scored together, by real services."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import requests
import sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from aml_nb import cli
from aml_nb.core.inference import ResourceConfiguration
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, script
from tests.integration.serving import Service

FRAME, SPECIES = load_iris(return_X_y=True, as_frame=True)
ROWS = FRAME.to_numpy().tolist()
ACI, LOCAL = AciWebservice.deploy_configuration, LocalWebservice.deploy_configuration


def registered(ws: Workspace, estimator: Any = None, **more: Any) -> Model:
    """A scikit-learn model; fitted on a data frame."""
    estimator = estimator or LogisticRegression(max_iter=1000)
    joblib.dump(estimator.fit(FRAME, SPECIES), "model.pkl")
    version = {"model_framework_version": sklearn.__version__}
    return Model.register(ws, "model.pkl", "iris", model_framework=Model.Framework.SCIKITLEARN, **{**version, **more})


def body(rows: Any, method: str | None = "predict") -> str:
    return json.dumps({"data": rows} if method is None else {"data": rows, "method": method})


def expected(rows: Sequence[Any] = ROWS) -> list[int]:
    return [int(value) for value in joblib.load("model.pkl").predict(FRAME.iloc[: len(rows)])]


def test_a_model_is_all_that_a_service_needs(engine: str, ws: Workspace) -> None:
    needs = ResourceConfiguration(cpu=1, memory_in_gb=0.75)
    model = registered(ws, sample_input_dataset=FRAME, resource_configuration=needs)

    service = Model.deploy(ws, "iris-service", [model])
    service.wait_for_deployment()

    assert service.run(body(ROWS)) == {"predict": expected()}
    assert service.run(body(FRAME.to_dict("records"))) == {"predict": expected()}
    assert list(service.run(body(ROWS[:2], None))) == ["predict_proba"]
    asked = service.container_resource_requirements
    assert (asked.cpu, asked.memory_in_gb) == (1, 0.75)
    with pytest.raises(WebserviceException, match=r"Row 0 has 1 value, not 4\. The model takes rows of 4 .*sepal"):
        service.run(body([[1]]))
    taken = requests.get(service.swagger_uri, timeout=10).json()["definitions"]["ServiceInput"]
    assert service.run(json.dumps(taken["example"])) == {"predict": [0, 0]}


def test_an_update_takes_a_model_alone(ws: Workspace) -> None:
    service = Model.deploy(ws, "iris-service", [registered(ws)])
    service.wait_for_deployment()
    tree = registered(ws, DecisionTreeClassifier(random_state=0))

    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(ask, service.scoring_uri, [body(ROWS[:1])] * 2000)
        service.update(models=[tree])
        service.wait_for_deployment()
        assert {(answer.status_code, answer.text) for answer in answers.result(60)} == {(200, '{"predict": [0]}')}

    assert [model.id for model in service.models] == ["iris:2"]
    assert set(np.ravel(service.run(body(ROWS, None))["predict_proba"])) == {0.0, 1.0}  # as a tree has it
    service.update(models=[], inference_config=script())
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 1
    with pytest.raises(WebserviceException, match="both 'models' and 'inference_config'"):
        service.update(models=[tree])


def test_a_local_service_takes_another_model(ws: Workspace) -> None:
    service = Model.deploy(ws, "iris-local", [registered(ws)], deployment_config=LOCAL())
    service.wait_for_deployment()
    assert service.run(body(ROWS[:1])) == {"predict": [0]}

    service.update(models=[registered(ws, DecisionTreeClassifier(random_state=0))], wait=True)

    assert service.run(body(ROWS[:1], None)) == {"predict_proba": [[1.0, 0.0, 0.0]]}
    service.reload(wait=True)
    assert service.run(body(ROWS[:1])) == {"predict": [0]}


def test_a_file_of_something_else_fails_with_the_reason(ws: Workspace) -> None:
    Path("model.pkl").write_text("no pickle")
    model = Model.register(ws, "model.pkl", "iris", model_framework=Model.Framework.SCIKITLEARN)

    service = Model.deploy(ws, "iris-service", [model])
    with pytest.raises(WebserviceException, match=r"init\(\) raised"):
        service.wait_for_deployment()


def test_the_command_line_needs_a_model_alone(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    model = registered(ws)
    assert model.version == 1

    assert cli.main(["deploy", "local", "iris-local", "--model", "iris"]) == 0
    service = LocalWebservice(ws, "iris-local")
    assert service.run(body(ROWS[:1])) == {"predict": [0]}
    registered(ws, DecisionTreeClassifier(random_state=0))
    assert cli.main(["service", "update", "iris-local", "--model", "iris"]) == 0

    assert service.run(body(ROWS[:1], None)) == {"predict_proba": [[1.0, 0.0, 0.0]]}
    assert cli.main(["deploy", "local", "other"]) == 2
    assert "which entry script?" in capsys.readouterr().err


def test_an_onnx_model_needs_no_script(engine: str, ws: Workspace) -> None:
    convert = pytest.importorskip("skl2onnx").to_onnx
    estimator = LogisticRegression(max_iter=1000).fit(FRAME.to_numpy(), SPECIES)
    Path("model.onnx").write_bytes(convert(estimator, np.float32(ROWS[:1])).SerializeToString())
    model = Model.register(
        ws, "model.onnx", "iris-onnx", model_framework=Model.Framework.ONNX, model_framework_version="1.3"
    )

    service = Model.deploy(ws, "onnx-service", [model])
    service.wait_for_deployment()

    assert service.run(json.dumps({"data": ROWS}))["output_label"] == estimator.predict(ROWS).tolist()
    assert service.run(json.dumps({"X": ROWS[:1]}))["output_label"] == [0]
    with pytest.raises(WebserviceException, match=r"the model takes .*: tensor\(float\) of shape \[any, 4\]"):
        service.run(json.dumps({"data": [[1, 2]]}))


def ask(uri: str, bodies: Sequence[str], connections: int = 16) -> list[requests.Response]:
    """Send every body, so many at a time; the answers in the bodies' order."""
    sessions = [requests.Session() for _ in range(connections)]

    def send(number: int) -> list[requests.Response]:
        return [sessions[number].post(uri, text, timeout=30) for text in bodies[number::connections]]

    with ThreadPoolExecutor(connections) as pool:
        found = list(pool.map(send, range(connections)))
    for session in sessions:
        session.close()
    answers: list[Any] = [None] * len(bodies)
    for number, part in enumerate(found):
        answers[number::connections] = part
    return answers


def test_concurrent_requests_get_the_answers_they_get_alone(ws: Workspace) -> None:
    service = Model.deploy(ws, "iris-service", [registered(ws)])
    service.wait_for_deployment()
    texts = [body(ROWS[number : number + 1 + number % 3]) for number in range(len(ROWS))] * 2
    bad = {*range(0, len(texts), 17), *range(5, len(texts), 29)}
    for number in bad:
        texts[number] = body([[1]] if number % 2 else [[None, 1, 1, 1]])

    alone = [requests.post(service.scoring_uri, text, timeout=30) for text in texts[:40]]
    together = ask(service.scoring_uri, texts)

    assert [(a.status_code, a.json()) for a in together[:40]] == [(a.status_code, a.json()) for a in alone]
    classes = expected()
    for number, answer in enumerate(together):
        if number in bad:
            assert answer.status_code == 400, number
            continue
        first = number % len(ROWS)
        assert answer.json() == {"predict": classes[first : first + 1 + first % 3]}, number


MERGED = """
import json
import os
import time
from aml_nb import merge_requests

def init():
    pass

@merge_requests(max_requests=8)
def run(requests):
    time.sleep(0.05)
    values = [json.loads(text) for text in requests]
    if "die" in values:
        raise ValueError("one of them says die")
    if "hang" in values:
        time.sleep(60)
    return [[value, len(requests)] for value in values]
"""


@pytest.fixture
def serve(tmp_path: Path) -> Any:
    """Starts one service of the scoring server."""
    made: list[Service] = []

    def start(text: str, **settings: Any) -> Callable[[Sequence[Any]], list[requests.Response]]:
        made.append(Service(tmp_path / "svc", text, **settings))
        uri = f"{made[0].url}/score"
        return lambda values: ask(uri, [json.dumps(value) for value in values], len(values))

    yield start
    for service in made:
        service.close()


def test_waiting_requests_are_one_call_of_a_script(serve: Any) -> None:
    answers = [answer.json() for answer in serve(MERGED)(list(range(24)))]

    assert [value for value, _ in answers] == list(range(24))
    sizes = [size for _, size in answers]
    assert max(sizes) > 1 and max(sizes) <= 8


def test_one_bad_request_fails_alone(serve: Any) -> None:
    answers = serve(MERGED)([*range(7), "die"])

    assert [answer.status_code for answer in answers] == [200] * 7 + [500]
    assert [answer.headers["x-ms-run-function-failed"] for answer in answers] == ["False"] * 7 + ["True"]
    assert [answer.json()[0] for answer in answers[:7]] == list(range(7))


def test_a_time_limit_is_that_of_the_call(serve: Any) -> None:
    call = serve(MERGED, scoring_timeout_ms=1500)

    answers = call(["hang", "hang"])
    assert [answer.status_code for answer in answers] == [500, 500]
    assert "timeout" in answers[0].json()["message"]
    assert call([1])[0].json() == [1, 1]


def test_who_waited_too_long_is_not_merged(serve: Any) -> None:
    slow = MERGED.replace("time.sleep(0.05)", "time.sleep(1.5)").replace("max_requests=8", "max_requests=2")

    statuses = sorted(answer.status_code for answer in serve(slow, max_queue_wait_ms=200)(list(range(6))))

    assert set(statuses) == {200, 503}
    assert statuses.count(200) <= 3


def test_a_killed_worker_loses_the_requests_of_one_call(tmp_path: Path) -> None:
    service = Service(tmp_path / "svc", MERGED.replace("0.05", "1"))
    try:
        uri = f"{service.url}/score"

        def one(value: int) -> Any:
            try:
                return requests.post(uri, json.dumps(value), timeout=60).json()
            except (requests.ConnectionError, ValueError):
                return None

        with ThreadPoolExecutor(24) as pool:
            found = [pool.submit(one, number) for number in range(24)]
            time.sleep(1.5)  # the first call is over, the second computes eight, the others wait
            os.kill(service.workers()[0], signal.SIGKILL)
            answers = [future.result() for future in found]
    finally:
        service.close()

    lost = [number for number, answer in enumerate(answers) if not isinstance(answer, list)]
    assert 1 <= len(lost) <= 8
    assert all(answer[0] == number for number, answer in enumerate(answers) if number not in lost)


def test_long_bodies_are_not_put_together(serve: Any) -> None:
    limited = MERGED.replace("max_requests=8", "max_bytes=100")

    answers = [answer.json() for answer in serve(limited)(["x" * 60] * 6)]

    assert answers == [["x" * 60, 1]] * 6
