"""What logging 10,000 metrics from a script costs, and reading them back, beside MLflow on SQLite.

    python -m benchmarks.run_log [--count 10000] [--rounds 3] [--json FILE] [--strict]

aml_nb's script is submitted to an experiment and logs by ``run.log``; MLflow's is started with Python and logs by
``mlflow.log_metric`` to an SQLite file. Each script times its own loop, so that no start is counted. A process of
each then reads all values back, and they must be right. ``log_batch``, a thousand values a call, is the least that
MLflow can do, and is shown. The limit is a line of JSON appended by a system call each.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.common import BenchmarkError, NotInstalledError, environment, machine, median, table, write_json
from benchmarks.peers.mlflow_server import MlFlow
from benchmarks.side import Side

TIMES = 5.0
PEER = "mlflow"
VERBS = {"log": "log {count} values, a call each", "read": "read them back", "log_batch": "MLflow's log_batch"}
Times = dict[str, dict[str, list[float]]]


def measure(sides: list[Side], rounds: int, count: int) -> Times:
    """The seconds of each side for each verb, a round by turns."""
    times: Times = {verb: {side.name: [] for side in sides} for verb in VERBS}
    for side in sides:
        side.do("log", 20)
    for number in range(rounds):
        shift = number % len(sides)
        for side in sides[shift:] + sides[:shift]:
            for verb in ("log", "read") if side.name != PEER else ("log", "read", "log_batch"):
                answer = side.do(verb, count)
                if not answer["right"]:
                    raise BenchmarkError(f"{side.name} did not give back what was logged")
                times[verb][side.name].append(answer["seconds"])
    return times


def results(times: Times) -> dict[str, float]:
    """The quotients: medians of each round's."""
    found = {
        "log_over_limit": _quotient(times["log"], "aml_nb", "limit"),
        "read_over_limit": _quotient(times["read"], "aml_nb", "limit"),
    }
    if PEER in times["log"]:
        found["mlflow_log_over_ours"] = _quotient(times["log"], PEER, "aml_nb")
        found["mlflow_read_over_ours"] = _quotient(times["read"], PEER, "aml_nb")
        batch = {PEER: times["log_batch"][PEER], "aml_nb": times["log"]["aml_nb"]}
        found["mlflow_batch_over_ours"] = _quotient(batch, PEER, "aml_nb")
    return found


def _quotient(times: dict[str, list[float]], above: str, below: str) -> float:
    return median([a / b for a, b in zip(times[above], times[below], strict=True)])


def report(times: Times, figures: dict[str, float], count: int) -> bool:
    """Print it; whether the targets were reached."""
    rows = []
    for verb, word in VERBS.items():
        for name, took in times[verb].items():
            if took:
                each = f"{1e6 * median(took) / count:.1f}"
                rows.append([word.format(count=f"{count:,}"), name, f"{median(took):.3f}", f"{min(took):.3f}", each])
    print(table(["what", "who", "median s", "least s", "us a value"], rows), end="\n\n")
    checks, reached = [], True
    for key, word, wanted in (
        ("mlflow_log_over_ours", "MLflow's logging / aml_nb's", TIMES),
        ("mlflow_read_over_ours", "MLflow's reading / aml_nb's", TIMES),
        ("mlflow_batch_over_ours", "MLflow's log_batch / aml_nb's run.log", None),
        ("log_over_limit", "aml_nb's logging / the limit", None),
        ("read_over_limit", "aml_nb's reading / the limit", None),
    ):
        if key in figures:
            good = wanted is None or figures[key] >= wanted
            reached = reached and good
            words = ["", ""] if wanted is None else [f"{wanted}", "reached" if good else "MISSED"]
            checks.append([word, f"{figures[key]:.1f}", *words])
    print(table(["figure", "measured", "at least", ""], checks))
    return reached


def start(folder: Path, peer: str) -> list[Side]:
    """The processes, the peer among them where it can be installed."""
    sides = [Side("run_log_work.py", name, sys.executable, folder / name) for name in ("aml_nb", "limit")]
    if peer == PEER:
        try:
            python = environment(PEER, MlFlow.requirements)
            sides.append(Side("run_log_work.py", PEER, str(python), folder / PEER, peer=True))
        except NotInstalledError as error:
            print(f"{PEER} left out: {error}", file=sys.stderr)
    return sides


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run_log", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=10_000, help="values that are logged")
    parser.add_argument("--folder", help="where to write (default: the folder of temporary files)")
    parser.add_argument("--peer", choices=[PEER, "none"], default=PEER)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        sides = start(Path(name), options.peer)
        try:
            times = measure(sides, options.rounds, options.count)
        finally:
            for side in sides:
                side.stop()
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    figures = results(times)
    reached = report(times, figures, options.count)
    write_json(options.json, {"machine": machine(), "seconds": times, "figures": figures})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
