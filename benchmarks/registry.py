"""What registering a version with its file costs, and listing the models, beside MLflow on SQLite.

    python -m benchmarks.registry [--rounds 10] [--models 1000] [--size 2000] [--json FILE] [--strict]

aml_nb, MLflow and the limit (the same file written and synced by hand, and one row committed to SQLite) are three
processes that take turns, so that a busy moment meets all of them. aml_nb and the limit sync the file, its folder
and the database's log before they return; MLflow syncs its database alone. MLflow registers in two ways: by the call
its documentation gives (log_artifact, then register_model), and by the least that makes a version
(log_artifact, then create_model_version).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.common import (
    BenchmarkError,
    NotInstalledError,
    environment,
    machine,
    median,
    model_stack,
    table,
    write_json,
)
from benchmarks.peers.mlflow_server import MlFlow
from benchmarks.side import Side

REGISTER_TIMES, LIST_TIMES = 4.0, 5.0
PEER = "mlflow"
VERBS = {
    "register": "register a version with its file",
    "register_bare": "the same, MLflow's least",
    "list": "list the models",
    "list_again": "list the versions",
}
Times = dict[str, dict[str, list[float]]]


def measure(sides: list[Side], rounds: int, models: int) -> Times:
    """The seconds of each side for each verb; twenty registrations and six listings a round."""
    times: Times = {verb: {side.name: [] for side in sides} for verb in VERBS}
    for side in sides:
        side.do("register", 20)
    for number in range(rounds):
        shift = number % len(sides)
        for side in sides[shift:] + sides[:shift]:
            for verb in ("register", "register_bare"):
                times[verb][side.name].append(median(side.do(verb, 10)["seconds"]))
    for side in sides:
        side.do("fill", models)
    for number in range(rounds):
        shift = number % len(sides)
        for side in sides[shift:] + sides[:shift]:
            for verb in ("list", "list_again"):
                answer = side.do(verb, 3)
                if answer["count"] < models:
                    raise BenchmarkError(f"{side.name} lists {answer['count']} models of {models}")
                times[verb][side.name].append(median(answer["seconds"]))
    return times


def results(times: Times) -> dict[str, float]:
    """The quotients: medians of each round's."""
    found = {"register_over_limit": _quotient(times["register"], "aml_nb", "limit")}
    if PEER in times["register"]:
        found["mlflow_register_over_ours"] = _quotient(times["register"], PEER, "aml_nb")
        found["mlflow_bare_register_over_ours"] = _quotient(times["register_bare"], PEER, "aml_nb")
        by_model = _quotient(times["list"], PEER, "aml_nb")
        by_version = _quotient(times["list_again"], PEER, "aml_nb")
        found["mlflow_list_over_ours"] = min(by_model, by_version)
    return found


def _quotient(times: dict[str, list[float]], above: str, below: str) -> float:
    return median([a / b for a, b in zip(times[above], times[below], strict=True)])


def report(times: Times, figures: dict[str, float]) -> bool:
    """Print it; whether the targets were reached."""
    rows = []
    for verb, word in VERBS.items():
        for name, took in times[verb].items():
            rows.append([word, name, f"{1000 * median(took):.2f}", f"{1000 * min(took):.2f}"])
    print(table(["what", "who", "median ms", "least ms"], rows), end="\n\n")
    checks, reached = [["register / limit", f"{figures['register_over_limit']:.2f}", "", ""]], True
    for key, word, wanted in (
        ("mlflow_register_over_ours", "MLflow's registering / aml_nb's", REGISTER_TIMES),
        ("mlflow_bare_register_over_ours", "MLflow's least / aml_nb's", None),
        ("mlflow_list_over_ours", "MLflow's listing (the faster way) / aml_nb's", LIST_TIMES),
    ):
        if key in figures:
            good = wanted is None or figures[key] >= wanted
            reached = reached and good
            words = ["", ""] if wanted is None else [f"{wanted}", "reached" if good else "MISSED"]
            checks.append([word, f"{figures[key]:.1f}", *words])
    print(table(["figure", "measured", "at least", ""], checks))
    return reached


def start(folder: Path, size: int, peer: str) -> list[Side]:
    """The processes, the peer among them where it can be installed."""
    sides = [
        Side("registry_work.py", "aml_nb", sys.executable, folder / "aml_nb", str(size)),
        Side("registry_work.py", "limit", sys.executable, folder / "limit", str(size)),
    ]
    if peer == PEER:
        try:
            python = environment(PEER, MlFlow.requirements + model_stack())
            sides.append(Side("registry_work.py", PEER, str(python), folder / PEER, str(size), peer=True))
        except NotInstalledError as error:
            print(f"{PEER} left out: {error}", file=sys.stderr)
    return sides


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--size", type=int, default=2000, help="bytes of a model's file")
    parser.add_argument("--folder", help="where to write (default: the folder of temporary files)")
    parser.add_argument("--peer", choices=[PEER, "none"], default=PEER)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        sides = start(Path(name), options.size, options.peer)
        try:
            times = measure(sides, options.rounds, options.models)
        finally:
            for side in sides:
                side.stop()
    print(f"{options.rounds} rounds of 10; load average {os.getloadavg()[0]:.1f}\n")
    figures = results(times)
    reached = report(times, figures)
    write_json(options.json, {"machine": machine(), "seconds": times, "figures": figures})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
