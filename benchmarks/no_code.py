"""A scikit-learn model deployed without a script: merged requests beside ``predict`` in a loop and two servers.

    python -m benchmarks.no_code [--quick] [--peers aml,azureml-server,mlserver,mlserver-batching]
                                 [--rounds 5] [--seconds 2] [--connections 64,16] [--json FILE] [--strict]

One row a request. The loop calls ``predict`` on an array that is ready: no JSON, no HTTP. Every server has one worker
and is pinned to one core, the load generator to another. See README.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.common import BenchmarkError, write_json
from benchmarks.peers.aml import AmlNb
from benchmarks.peers.azureml_server import AzuremlServer
from benchmarks.peers.base import Peer, Workload
from benchmarks.peers.mlserver_sklearn import MlServerMerging, MlServerSklearn
from benchmarks.scoring import Bench, counts, make_workloads, names
from benchmarks.scoring_report import record, report

LOOP = """
import json
import os

import joblib
import numpy as np

rows = None


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.joblib"))


def run(raw_data):
    global rows
    if rows is None:
        rows = np.array(json.loads(raw_data)["data"])
    return model.predict(rows)
"""

NAME = "no-code"


class AmlNbNoCode(AmlNb):
    """The script that a deployment without one gets."""

    name = "aml_nb, no code"

    def write(self, folder: Path, workload: Workload, python: Path, port: int) -> None:
        from aml_nb.scoring.no_code import script_path

        super().write(folder, workload, python, port)
        shutil.copyfile(script_path("ScikitLearn"), folder / "score.py")

    def body(self, rows: list[list[float]]) -> bytes:
        return json.dumps({"data": rows, "method": "predict"}).encode()

    def predictions(self, answer: bytes) -> Any:
        return json.loads(answer)["predict"]


class NoCode(Bench):
    """The same measurement, of other servers."""

    peers: ClassVar[Mapping[str, type[Peer]]] = {
        "aml": AmlNbNoCode,
        "azureml-server": AzuremlServer,
        "mlserver": MlServerSklearn,
        "mlserver-batching": MlServerMerging,
    }
    targets: ClassVar[Mapping[str, Sequence[tuple[str, str, float]]]] = {
        NAME: [("loop", ">", 1.0), ("azureml-server", ">=", 5.0), ("mlserver", ">=", 4.0)]
    }
    loop_title = "predict() in a loop"

    def loop(self, workload: Workload) -> dict[str, float]:
        """``predict`` and nothing else."""
        return super().loop(replace(workload, script=LOOP))


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.no_code", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two short rounds")
    parser.add_argument("--peers", type=names(list(NoCode.peers)), default=list(NoCode.peers))
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
    return options


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when an answer was wrong (or, with ``--strict``, a target missed)."""
    options = _arguments(argv)
    with tempfile.TemporaryDirectory(prefix="aml_nb_bench_") as folder:
        bench = NoCode(options, Path(folder))
        title = "One iris row a request, no script"
        workload = replace(make_workloads(Path(folder), options.connections)["iris"], name=NAME, title=title)
        try:
            bench.alone(workload)
            bench.rounds(workload)
        except BenchmarkError as error:
            print(f"benchmark failed: {error}", file=sys.stderr)
            return 1
        reached = report(bench, [workload])
        write_json(options.json, record(bench, [workload]))
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
