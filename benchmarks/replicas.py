"""The throughput of two replicas over that of one, on processes and on Docker.

    python -m benchmarks.replicas [--rounds 3] [--seconds 4] [--engines process,docker] [--json FILE] [--strict]

An AKS service whose script keeps a processor busy for some milliseconds a request is asked by 16 connections, with
``num_replicas=1`` and with 2, by turns. The limit is the same function called in a loop, by two processes over one:
what the machine's processors give at that moment.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import BenchmarkError, machine, median, table, write_json
from benchmarks.generator import Load
from benchmarks.notebook import Notebook
from benchmarks.outcome import build_request

LEAST = 1.8
CONNECTIONS = 16
TURNS = 150_000

SCRIPT = f"""
def work():
    total = 0
    for number in range({TURNS}):
        total += number
    return total

def init():
    pass

def run(raw_data):
    return work()
"""

NOTEBOOK = """
import json, sys
from aml_nb import AksCompute, AksWebservice, ComputeTarget, Environment, InferenceConfig, Model, Workspace

ws = Workspace.create("benchmark", exist_ok=True, show_output=False)
config = InferenceConfig("score.py", environment=Environment("plain"))
aks = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
aks.wait_for_completion()
found = {}
for number in (1, 2):
    settings = AksWebservice.deploy_configuration(
        auth_enabled=False, num_replicas=number, cpu_cores=1, memory_gb=0.5, max_request_wait_time=60000
    )
    service = Model.deploy(ws, f"replicas-{number}", [], config, settings, aks, overwrite=True)
    service.wait_for_deployment()
    found[number] = service
print("ready", json.dumps([found[1].scoring_uri, found[2].scoring_uri]), flush=True)
sys.stdin.readline()
for service in found.values():
    service.delete()
"""


def work(seconds: float) -> int:
    """How often the script's function ran within ``seconds``."""
    scope: dict[str, Any] = {}
    exec(SCRIPT, scope)
    limit, done = time.perf_counter() + seconds, 0
    while time.perf_counter() < limit:
        scope["work"]()
        done += 1
    return done


def limit(seconds: float) -> float:
    """Two processes over one, without a server."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(work, [0.1, 0.1], chunksize=1)
        alone = pool.apply(work, (seconds,))
        return sum(pool.map(work, [seconds, seconds], chunksize=1)) / alone


def throughput(url: str, seconds: float) -> float:
    """Requests/s; every answer must be a 200 with the right body."""
    request = build_request(url, b"{}", {"Content-Type": "application/json"})
    outcome = Load(url, request, CONNECTIONS, str(sum(range(TURNS))).encode()).run(seconds, 0.5)
    if outcome.errors:
        raise BenchmarkError(f"{url}: {outcome.errors}")
    return outcome.rate


def measure(engine: str, folder: Path, rounds: int, seconds: float) -> list[dict[str, float]]:
    """The rounds of one engine."""
    (folder / "score.py").write_text(SCRIPT)
    notebook = Notebook(NOTEBOOK, folder, engine)
    try:
        one, two = json.loads(notebook.ready)
        found = []
        for _ in range(rounds):
            rates = throughput(one, seconds), throughput(two, seconds)
            found.append({"one": rates[0], "two": rates[1], "limit": limit(seconds / 2)})
        return found
    finally:
        notebook.close("\n")


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, the target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replicas", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--engines", default="process,docker")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when the target is missed")
    options = parser.parse_args(argv)
    rows, found, reached = [], {}, True
    for engine in options.engines.split(","):
        if engine == "docker" and subprocess.run(["docker", "version"], capture_output=True).returncode:
            print("docker left out: no daemon answers", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            rounds = found[engine] = measure(engine, Path(folder), options.rounds, options.seconds)
        quotient = median([r["two"] / r["one"] for r in rounds])
        reached = reached and quotient >= LEAST
        columns = [median([r[key] for r in rounds]) for key in ("one", "two")]
        row = [engine, *(f"{value:.0f}" for value in columns), f"{quotient:.2f}"]
        word = "reached" if quotient >= LEAST else "MISSED"
        rows.append([*row, f"{median([r['limit'] for r in rounds]):.2f}", f"{LEAST}", word])
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    print(table(["engine", "1 replica, /s", "2 replicas, /s", "quotient", "limit", "at least", ""], rows))
    write_json(options.json, {"machine": machine(), "rounds": found})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
