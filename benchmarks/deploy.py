"""From ``Model.deploy(...)`` to the first answer, and the service's memory, beside a bare script and a peer.

    python -m benchmarks.deploy [--rounds 7] [--peer none] [--json FILE] [--strict]

All three load the same scikit-learn model with joblib and answer the same iris row, by turns. The clock starts
when ``Model.deploy`` is called in a fresh notebook's process, or the process of the others is started, and stops
at the first 200 with the right prediction.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import (
    BenchmarkError,
    NotInstalledError,
    Process,
    free_port,
    machine,
    median,
    table,
    write_json,
)
from benchmarks.notebook import Notebook
from benchmarks.peers.azureml_server import AzuremlServer
from benchmarks.peers.base import IRIS_SCRIPT

MOST_OF_BARE = 1.3
BODY = json.dumps({"data": [[5.1, 3.5, 1.4, 0.2]]}).encode()
PATIENCE_S = 120.0

BARE = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
import joblib

model = joblib.load(sys.argv[2])

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
        body = json.dumps(model.predict(rows).tolist()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

NOTEBOOK = """
import json, sys, time
from aml_nb import Environment, InferenceConfig, LocalWebservice, Model, Workspace
from benchmarks.deploy import first_answer

ws = Workspace.create("benchmark", exist_ok=True, show_output=False)
model = Model.register(ws, "model.joblib", "iris")
environment = Environment.from_pip_requirements("iris", "requirements.txt")
config = InferenceConfig("score.py", environment=environment)
print("ready", flush=True)
for line in sys.stdin:
    started = time.perf_counter()
    service = Model.deploy(ws, "iris", [model], config, LocalWebservice.deploy_configuration())
    returned = time.perf_counter() - started
    took = first_answer(service.scoring_uri, started)
    state = json.loads((ws._folder / "services" / "iris@local" / "state.json").read_text())
    print("took", json.dumps({"seconds": took, "returned": returned, "pid": state["pid"]}), flush=True)
    sys.stdin.readline()
    service.delete()
    print("deleted", flush=True)
"""

TRAIN = """
import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
joblib.dump(LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True)), "model.joblib")
"""


@dataclass
class Start:
    """One start: until the first answer, and the memory of the process tree after it (bytes)."""

    seconds: float
    memory: int
    returned: float = 0.0


def first_answer(url: str, started: float) -> float:
    """Seconds from ``started`` to the first 200, which must have the right prediction."""
    limit = time.monotonic() + PATIENCE_S
    request = urllib.request.Request(url, BODY, {"Content-Type": "application/json"})
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                said = answer.read()
        except OSError:
            time.sleep(0.002)
            continue
        took = time.perf_counter() - started
        if json.loads(said) != [0]:
            raise BenchmarkError(f"{url} answered {said!r}")
        return took
    raise BenchmarkError(f"{url} did not answer within {PATIENCE_S:.0f} s")


def from_notebook(folder: Path) -> Start:
    """One deployment on processes from a notebook that has deployed nothing before; its memory, then it is deleted."""
    notebook = Notebook(NOTEBOOK, folder, "process")
    try:
        told = json.loads(notebook.ask("go", "took"))
        memory = tree_memory(told["pid"])
        notebook.ask("go", "deleted")
        return Start(told["seconds"], memory, told["returned"])
    finally:
        notebook.close()


def tree_memory(pid: int) -> int:
    """Memory of a process and all that it started."""
    import psutil

    root = psutil.Process(pid)
    total = 0
    for process in [root, *root.children(recursive=True)]:
        info = process.memory_full_info()
        total += getattr(info, "pss", info.uss)
    return total


def start_process(command: list[str], folder: Path, port: int, path: str, environ: dict[str, str]) -> Start:
    """Start a server, wait for its first answer, look at its memory, stop it."""
    started = time.perf_counter()
    process = Process(command, folder, environ, None)
    try:
        took = first_answer(f"http://127.0.0.1:{port}{path}", started)
        return Start(took, process.memory())
    finally:
        process.stop()


def contestants(folder: Path, peer: Path | None) -> dict[str, Callable[[], Start]]:
    """What is started, by name."""
    script = folder / "bare.py"
    script.write_text(BARE)

    def bare() -> Start:
        port = free_port()
        return start_process([sys.executable, str(script), str(port), "model.joblib"], folder, port, "/", {})

    found: dict[str, Callable[[], Start]] = {
        "aml_nb": lambda: from_notebook(folder),
        "bare script": bare,
    }
    if peer is not None:
        server = AzuremlServer()

        def azureml() -> Start:
            port = free_port()
            environ = {"PATH": f"{peer.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
            return start_process(list(server.command(folder, peer, port)), folder, port, server.path, environ)

        found[server.name] = azureml
    return found


def measure(folder: Path, rounds: int, peer: Path | None) -> dict[str, list[Start]]:
    """The starts of each; one round before is not counted."""
    subprocess.run([sys.executable, "-c", TRAIN], cwd=folder, check=True, timeout=120)
    (folder / "score.py").write_text(IRIS_SCRIPT)
    (folder / "requirements.txt").write_text("azureml-defaults\nscikit-learn\njoblib\n")
    (folder / "models").mkdir()
    (folder / "models" / "model.joblib").write_bytes((folder / "model.joblib").read_bytes())
    starts: dict[str, list[Start]] = {}
    found = contestants(folder, peer)
    for number in range(rounds + 1):
        names = list(found)
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            start = found[name]()
            if number:
                starts.setdefault(name, []).append(start)
    return starts


def report(starts: dict[str, list[Start]]) -> tuple[dict[str, float], bool]:
    """Print it; the figures, and whether the targets were reached."""
    bare = starts["bare script"]
    ours, peer = starts["aml_nb"], starts.get(AzuremlServer.name)
    rows = []
    for name, found in starts.items():
        quotient = median([start.seconds / base.seconds for start, base in zip(found, bare, strict=True)])
        seconds, memory = [s.seconds for s in found], [s.memory / 2**20 for s in found]
        rows.append([name, f"{median(seconds):.2f}", f"{min(seconds):.2f}", f"{quotient:.2f}", f"{median(memory):.0f}"])
    print(table(["started", "first 200, s", "least", "/ bare", "MiB"], rows), end="\n\n")
    figures = {
        "over_bare": median([start.seconds / base.seconds for start, base in zip(ours, bare, strict=True)]),
        "over_bare_least": min(start.seconds for start in ours) / min(start.seconds for start in bare),
        "deploy_returned_s": median([start.returned for start in ours]),
        "memory_mib": median([start.memory / 2**20 for start in ours]),
    }
    reached = figures["over_bare_least"] <= MOST_OF_BARE
    checks = [
        [
            "first 200 / bare script, least of each",
            f"{figures['over_bare_least']:.2f}",
            f"{MOST_OF_BARE}",
            _word(reached),
        ],
        ["first 200 / bare script, median of rounds", f"{figures['over_bare']:.2f}", "", ""],
    ]
    checks.append(["Model.deploy returns after, s", f"{figures['deploy_returned_s']:.2f}", "", ""])
    if peer is not None:
        figures["peer_memory_mib"] = median([start.memory / 2**20 for start in peer])
        light = figures["memory_mib"] <= figures["peer_memory_mib"]
        checks.append(
            ["memory, MiB", f"{figures['memory_mib']:.0f}", f"{figures['peer_memory_mib']:.0f}", _word(light)]
        )
        reached = reached and light
    print(table(["figure", "measured", "at most", ""], checks))
    return figures, reached


def _word(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deploy", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peer", choices=[AzuremlServer.name, "none"], default=AzuremlServer.name)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    peer = None
    if options.peer != "none":
        try:
            peer = AzuremlServer().install()
        except NotInstalledError as error:
            print(f"{AzuremlServer.name} left out: {error}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        starts = measure(Path(folder), options.rounds, peer)
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    figures, reached = report(starts)
    raw: dict[str, Any] = {name: [vars(start) for start in found] for name, found in starts.items()}
    write_json(options.json, {"machine": machine(), "starts": raw, "figures": figures})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
