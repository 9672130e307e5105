"""How fast aml_nb's scoring server answers, beside its peers and the limit, in one interleaved run.

    python -m benchmarks.scoring [--quick] [--peers aml,azureml-server,...] [--rounds 5] [--seconds 2]
                                 [--connections 64,16] [--workloads iris,constant,rows]
                                 [--json FILE] [--strict]

Every server has one worker and is pinned to one core, the load generator to another. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.common import (
    ROOT,
    BenchmarkError,
    NotInstalledError,
    busy_seconds,
    clean_environ,
    cores,
    median,
    pinned,
    write_json,
)
from benchmarks.peers import PEERS
from benchmarks.peers.base import CONSTANT_SCRIPT, IRIS_SCRIPT, Peer, Running, Workload
from benchmarks.scoring_report import TARGETS, record, report

Rounds = dict[str, dict[int, list[dict[str, Any]]]]


def make_workloads(folder: Path, connections: tuple[int, ...]) -> dict[str, Workload]:
    """Train the model and describe the three workloads."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    features, species = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=1000).fit(features, species)
    path = folder / "model.joblib"
    joblib.dump(model, path)
    many = [features[i % len(features)].tolist() for i in range(1000)]

    def workload(name: str, title: str, script: str, rows: list[list[float]]) -> Workload:
        expected = [1] if script is CONSTANT_SCRIPT else model.predict(rows).tolist()
        counts = connections if name == "iris" else connections[:1]
        return Workload(name, title, script, rows, expected, counts, path)

    return {
        "iris": workload("iris", "One iris row a request", IRIS_SCRIPT, many[:1]),
        "constant": workload("constant", "A script that returns a constant", CONSTANT_SCRIPT, many[:1]),
        "rows": workload("rows", "1,000 iris rows a request", IRIS_SCRIPT, many),
    }


class Bench:
    """One run: its options, its cores, a scratch folder, and what was found."""

    peers: ClassVar[Mapping[str, type[Peer]]] = PEERS
    targets: ClassVar[Mapping[str, Sequence[tuple[str, str, float]]]] = TARGETS
    loop_title: ClassVar[str] = "run() in a loop"

    def __init__(self, options: argparse.Namespace, scratch: Path) -> None:
        self.options = options
        self.scratch = scratch
        self.server_core, self.load_core = cores()
        self.missing: dict[str, str] = {}
        self.memory: dict[str, int] = {}
        self.loops: dict[str, list[dict[str, float]]] = defaultdict(list)
        self.outcomes: dict[str, Rounds] = {}

    def say(self, text: str) -> None:
        """Progress, apart from the tables."""
        print(text, file=sys.stderr, flush=True)

    def start(self, name: str, workload: Workload, purpose: str) -> Running:
        """One server, answering correctly."""
        return Running(self.peers[name](), workload, self.scratch / purpose / name, self.server_core)

    def alone(self, workload: Workload) -> None:
        """Each server by itself: whether it can be installed, and its memory after a second of load."""
        for name in self.options.peers:
            try:
                self.peers[name]().install()
            except NotInstalledError as error:
                self.missing[name] = str(error)
                self.say(f"{name}: could not be installed, left out: {error}")
                continue
            running = self.start(name, workload, "alone")
            try:
                self.load(running, self.options.connections[0], 1.0, "own")
                self.memory[name] = running.process.memory()
            finally:
                running.process.stop()
            self.say(f"{name}: {self.memory[name] / 2**20:.0f} MiB")

    def rounds(self, workload: Workload) -> None:
        """All servers up, loaded by turns, ``--rounds`` times; the limit has its turn among them."""
        names = [name for name in self.options.peers if name not in self.missing]
        found: Rounds = {name: defaultdict(list) for name in names}
        tool = self.tool(workload)
        with ExitStack() as stack:
            servers = {}
            for name in names:
                servers[name] = self.start(name, workload, workload.name)
                stack.callback(servers[name].process.stop)
            for turn in range(self.options.rounds):
                self.loops[workload.name].append(self.quietest(partial(self.loop, workload)))
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    for count in workload.connections:
                        load = partial(self.load, servers[name], count, self.options.seconds, tool)
                        outcome = self.quietest(load)
                        found[name][count].append(outcome)
                        self.say(f"{workload.name} {turn + 1} {name} {count}: {outcome['rate']:,.0f}/s")
        self.outcomes[workload.name] = found

    def quietest(self, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """One turn, repeated while neighbours take more of the servers' core than ``--quiet`` allows."""
        best = measure()
        for _ in range(self.options.tries - 1):
            if best["foreign"] <= self.options.quiet:
                break
            best = min(best, measure(), key=lambda outcome: outcome["foreign"])
        return best

    def tool(self, workload: Workload) -> str:
        """wrk, where it is there, for the workload that this project's generator cannot saturate."""
        if self.options.tool != "auto":
            return str(self.options.tool)
        return "wrk" if workload.name == "constant" and shutil.which("wrk") else "own"

    def load(self, running: Running, connections: int, seconds: float, tool: str) -> dict[str, Any]:
        """One round of load from the other core; raises BenchmarkError on any wrong answer."""
        folder = running.process.output.parent
        (folder / "body.json").write_bytes(running.body)
        (folder / "expected.bin").write_bytes(running.check())
        command = [
            sys.executable,
            str(ROOT / "benchmarks" / "load.py"),
            running.url,
            "--json",
            "--tool",
            tool,
        ]
        command += ["--connections", str(connections), "--seconds", str(seconds)]
        command += ["--body", f"@{folder / 'body.json'}", "--expect", f"@{folder / 'expected.bin'}"]
        for header, value in running.headers.items():
            command += ["--header", f"{header}: {value}"]
        before, busy, began = running.process.cpu(), busy_seconds(self.server_core), time.perf_counter()
        with pinned(self.load_core):
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
        used, took = running.process.cpu() - before, time.perf_counter() - began
        busy = busy_seconds(self.server_core) - busy
        if done.returncode:
            said = done.stdout.strip() or done.stderr.strip()
            raise BenchmarkError(f"{running.peer.name}: {said}\n{running.process.tail()}")
        outcome: dict[str, Any] = json.loads(done.stdout)
        outcome["server_cpu_us"] = used / outcome["answers"] * 1e6
        outcome["foreign"] = max(0.0, busy - used) / took
        running.check()
        return outcome

    def loop(self, workload: Workload) -> dict[str, float]:
        """The limit, on the servers' core."""
        folder = self.scratch / workload.name / "loop"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "score.py").write_text(workload.script)
        (folder / "body.json").write_text(json.dumps({"data": workload.rows}))
        script = [sys.executable, str(ROOT / "benchmarks" / "loop.py")]
        command = [*script, str(folder), str(folder / "body.json"), str(self.options.seconds)]
        environ = {**clean_environ(), "AZUREML_MODEL_DIR": str(workload.model.parent)}
        with pinned(self.server_core):
            done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=180, check=True)
        outcome: dict[str, float] = json.loads(done.stdout)
        outcome["foreign"] = 1 - outcome["rate"] * outcome["server_cpu_us"] / 1e6
        self.say(f"{workload.name} loop: {outcome['rate']:,.0f}/s")
        return outcome

    def quotients(self, workload: str, other: str) -> tuple[float, float]:
        """aml_nb over another: requests/s, and requests per second of processor time; medians of the rounds'."""
        first = self.options.connections[0]
        ours = self.outcomes[workload]["aml"][first]
        theirs = self.loops[workload] if other == "loop" else self.outcomes[workload][other][first]
        pairs = list(zip(ours, theirs, strict=True))
        rates = [a["rate"] / b["rate"] for a, b in pairs]
        return median(rates), median([b["server_cpu_us"] / a["server_cpu_us"] for a, b in pairs])

    def latency_quotient(self, connections: int) -> float:
        """aml_nb's p99 over that of azureml-inference-server-http, median of the rounds'."""
        found = self.outcomes["iris"]
        pairs = zip(found["aml"][connections], found["azureml-server"][connections], strict=True)
        return median([a["p99_ms"] / b["p99_ms"] for a, b in pairs])


def names(known: Sequence[str]) -> Any:
    """Reads an option that is a list of names."""

    def parse(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",")]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {unknown[0]!r}; there are {', '.join(known)}")
        return names

    return parse


def counts(text: str) -> tuple[int, ...]:
    """Reads an option that is a list of numbers."""
    return tuple(int(part) for part in text.split(","))


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="aml_nb, one bare stack, one peer; short rounds")
    parser.add_argument("--peers", type=names(list(PEERS)), help=", ".join(PEERS))
    parser.add_argument("--workloads", type=names(list(TARGETS)), default=list(TARGETS))
    parser.add_argument("--connections", type=counts, default=(64, 16), help="the first gives requests/s")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--quiet", type=float, default=0.15, help="share of the core left to others in a turn")
    parser.add_argument("--tries", type=int, default=3, help="how often a turn that was not quiet is taken")
    parser.add_argument("--tool", choices=["auto", "own", "wrk"], default="auto")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (1.5 if options.quick else 2.0)
    options.peers = options.peers or (["aml", "granian", "azureml-server"] if options.quick else list(PEERS))
    return options


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when an answer was wrong (or, with ``--strict``, a target missed)."""
    options = _arguments(argv)
    with tempfile.TemporaryDirectory(prefix="aml_nb_bench_") as folder:
        bench = Bench(options, Path(folder))
        known = make_workloads(Path(folder), options.connections)
        workloads = [known[name] for name in options.workloads]
        try:
            bench.alone(known["iris"])
            for workload in workloads:
                bench.rounds(workload)
        except BenchmarkError as error:
            print(f"benchmark failed: {error}", file=sys.stderr)
            return 1
        where = "not pinned" if bench.server_core is None else f"core {bench.server_core}, load on {bench.load_core}"
        print(f"Servers on {where}; load average {os.getloadavg()[0]:.1f}\n")
        reached = report(bench, workloads)
        write_json(options.json, record(bench, workloads))
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
