"""From ``Model.deploy(...)`` on Docker, environment cached, to the first 200, beside ``docker run`` of that image.

    python -m benchmarks.containers [--rounds 5] [--json FILE] [--strict]

Each round deploys one scikit-learn model as a local, an ACI and an AKS service in turn. While it stands, its own
image is started once more by ``docker run``; that clock stops when the container's health address answers 200, as
the image's health check asks it. The clock of a deployment starts when ``Model.deploy`` is called and stops at the
first 200 with the right prediction.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.common import BenchmarkError, machine, median, table, write_json
from benchmarks.deploy import PATIENCE_S, TRAIN
from benchmarks.notebook import Notebook
from benchmarks.peers.base import IRIS_SCRIPT

MOST_OF_RUN = 1.5
KINDS = ("local", "aci", "aks")
PORT = "5001/tcp"

NOTEBOOK = """
import json, sys, time
from aml_nb import AciWebservice, AksWebservice, ComputeTarget, Environment, InferenceConfig, LocalWebservice, Model
from aml_nb import AksCompute, Workspace
from benchmarks.deploy import first_answer

ws = Workspace.create("benchmark", exist_ok=True, show_output=False)
model = Model.register(ws, "model.joblib", "iris")
environment = Environment.from_pip_requirements("iris", "requirements.txt")
config = InferenceConfig("score.py", environment=environment)
aks = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
aks.wait_for_completion()
limits = {"cpu_cores": 1, "memory_gb": 1}
targets = {
    "local": (LocalWebservice.deploy_configuration(), None),
    "aci": (AciWebservice.deploy_configuration(**limits), None),
    "aks": (AksWebservice.deploy_configuration(auth_enabled=False, num_replicas=1, **limits), aks),
}
print("ready", flush=True)
for line in sys.stdin:
    kind = line.strip()
    started = time.perf_counter()
    service = Model.deploy(ws, "iris-" + kind, [model], config, *targets[kind], overwrite=True)
    returned = time.perf_counter() - started
    service.update_deployment_state()
    while service.scoring_uri is None:
        time.sleep(0.01)
        service.update_deployment_state()
    took = first_answer(service.scoring_uri, started)
    print("took", json.dumps({"seconds": took, "returned": returned, "service": service.name}), flush=True)
    sys.stdin.readline()
    service.delete()
    print("deleted", flush=True)
"""


def docker(*arguments: str) -> str:
    """What ``docker`` prints."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode:
        raise BenchmarkError(f"docker {arguments[0]}: {done.stderr.strip()[-400:]}")
    return done.stdout.strip()


def image_of(service: str) -> str:
    """The image that a service's container was made from."""
    found = docker("ps", "--filter", f"label=amlServiceName={service}", "--format", "{{.ID}}").split()
    if not found:
        raise BenchmarkError(f"no container of {service} runs")
    return docker("inspect", "--format", "{{.Image}}", found[0])


def plain_run(image: str) -> float:
    """Seconds from ``docker run`` to the first 200 of the address that the image's health check asks."""
    started = time.perf_counter()
    name = docker("run", "--detach", "--publish", "127.0.0.1::5001", "--cpus", "1", "--memory", "1g", image)
    try:
        port = docker("port", name, PORT).rpartition(":")[2]
        limit = time.monotonic() + PATIENCE_S
        while time.monotonic() < limit:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as answer:
                    answer.read()
                return time.perf_counter() - started
            except OSError:
                time.sleep(0.002)
        raise BenchmarkError(f"{image} did not answer within {PATIENCE_S:.0f} s")
    finally:
        docker("rm", "--force", name)


def measure(folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Every start; one round before builds the environment's image and is not counted."""
    subprocess.run([sys.executable, "-c", TRAIN], cwd=folder, check=True, timeout=120)
    (folder / "score.py").write_text(IRIS_SCRIPT)
    (folder / "requirements.txt").write_text("azureml-defaults\nscikit-learn\njoblib\n")
    starts = []
    notebook = Notebook(NOTEBOOK, folder, "docker")
    try:
        for number in range(rounds + 1):
            for kind in KINDS:
                told = json.loads(notebook.ask(kind, "took"))
                bare = plain_run(image_of(told["service"]))
                notebook.ask("", "deleted")
                if number:
                    starts.append({"kind": kind, "run": bare, **told})
    finally:
        notebook.close()
    return starts


def report(starts: list[dict[str, Any]]) -> tuple[dict[str, float], bool]:
    """Print it; the figures, and whether the target was reached by every kind of service."""
    rows, figures, reached = [], {}, True
    for kind in KINDS:
        mine = [start for start in starts if start["kind"] == kind]
        took, bare = [s["seconds"] for s in mine], [s["run"] for s in mine]
        quotient = median([s["seconds"] / s["run"] for s in mine])
        figures[kind] = quotient
        good = quotient <= MOST_OF_RUN
        reached = reached and good
        word = "reached" if good else "MISSED"
        returned = median([s["returned"] for s in mine])
        columns = [median(took), returned, median(bare), min(took) / min(bare), quotient]
        rows.append([kind, *(f"{value:.2f}" for value in columns), f"{MOST_OF_RUN}", word])
    head = ["service", "first 200, s", "deploy returns, s", "docker run, s", "least / least", "median", "at most", ""]
    print(table(head, rows))
    return figures, reached


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, the target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.containers", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when the target is missed")
    options = parser.parse_args(argv)
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except (BenchmarkError, OSError) as error:
        print(f"There is no Docker daemon to measure: {error}", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        starts = measure(Path(folder), options.rounds)
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    figures, reached = report(starts)
    write_json(options.json, {"machine": machine(), "starts": starts, "figures": figures})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
