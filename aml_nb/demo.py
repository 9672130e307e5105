"""``python -m aml_nb.demo``: the whole road once, from a trained model to predictions over HTTP.

Everything happens in a throw-away workspace, so nothing is left behind.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SERVICE = "iris-service"

SCRIPT = """\
import json

import joblib
import numpy as np
from azureml.core.model import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("iris"))
    print("model loaded:", type(model).__name__)


def run(raw_data):
    rows = np.array(json.loads(raw_data)["data"])
    print("scoring", len(rows), "rows")
    return model.predict(rows).tolist()
"""


def train(path: str) -> tuple[list[str], list[list[float]], list[int]]:
    """Fit and save a classifier; return the class names, rows it has not seen, and their classes."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    iris = load_iris()
    x, x_test, y, y_test = train_test_split(iris.data, iris.target, test_size=6, stratify=iris.target, random_state=7)
    joblib.dump(LogisticRegression(max_iter=500).fit(x, y), path)
    return list(iris.target_names), x_test.tolist(), y_test.tolist()


def deploy(workspace: Any, model_path: str) -> Any:
    """Register the model and start a service with key authentication for it."""
    from aml_nb import AciWebservice, CondaDependencies, Environment, InferenceConfig, Model
    from aml_nb.core.webservice.deploy import deploy_model

    model = Model.register(workspace, model_path, "iris", tags={"data": "iris"})
    Path("service_files").mkdir()
    Path("service_files", "score.py").write_text(SCRIPT, encoding="utf-8")
    environment = Environment("iris-env")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults", "scikit-learn"])
    inference = InferenceConfig("score.py", source_directory="service_files", environment=environment)
    target = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1, auth_enabled=True)
    service = deploy_model(workspace, SERVICE, [model], inference, target)
    service.wait_for_deployment(show_output=True)
    return service


def call(service: Any, names: list[str], rows: list[list[float]], classes: list[int]) -> None:
    """Send ``rows`` over HTTP as any client would, and print each prediction beside the truth."""
    import requests

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {service.get_keys()[0]}"}
    answer = requests.post(service.scoring_uri, data=json.dumps({"data": rows}), headers=headers, timeout=30)
    answer.raise_for_status()
    for row, predicted, truth in zip(rows, answer.json(), classes, strict=True):
        print(f"  {row} -> {names[predicted]:<10} (really {names[truth]})")


def show(title: str) -> None:
    print(f"\n== {title}", flush=True)


def demonstrate() -> None:
    """Train, register, deploy, call, look inside, delete; in the current folder."""
    from aml_nb import Workspace

    show("Train a scikit-learn model")
    names, rows, classes = train("model.pkl")
    show("Register and deploy it")
    workspace = Workspace.create("demo")
    try:
        service = deploy(workspace, "model.pkl")
        show(f"POST {service.scoring_uri}")
        call(service, names, rows, classes)
        show("State")
        print(service.state)
        show("The last lines of the service's log")
        print("\n".join(service.get_logs().splitlines()[-8:]))
    finally:
        for left in workspace.webservices.values():
            left.delete()
    show(f"{SERVICE} is deleted, and nothing is left behind. Next: README.md and the notebooks")


def stay_inside(scratch: str) -> None:
    """Keep everything in ``scratch``, and requests from asking a proxy for this machine's own address."""
    for name in ("AML_NB_STORE", "AML_NB_ARTIFACTS", "AML_NB_WORKSPACE"):
        os.environ.pop(name, None)
    os.environ["AML_NB_HOME"] = str(Path(scratch, "home"))
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = f"{direct},localhost" if direct else "localhost"


def main() -> int:
    """Demonstrate in a throw-away folder; 1 where scikit-learn is missing."""
    if find_spec("sklearn") is None:
        print("The demo trains a scikit-learn model.\nTry: pip install 'aml_nb[demo]'", file=sys.stderr)
        return 1
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="aml_nb-demo-") as scratch:
        stay_inside(scratch)
        project = Path(scratch, "project")
        project.mkdir()
        os.chdir(project)
        try:
            demonstrate()
        finally:
            os.chdir(here)
    return 0


if __name__ == "__main__":
    sys.exit(main())
