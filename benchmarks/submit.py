"""How long a script's run takes from ``experiment.submit`` to its first line of output, beside ``python script``.

    python -m benchmarks.submit [--rounds 9] [--json FILE] [--strict]

Two scripts: one begins as training scripts do, with NumPy, pandas, scikit-learn and ``azureml.core``; the other has
nothing but a ``print``, and shows what a run costs in itself. Each is submitted, and started with Python, by turns.
The clock runs from the call to the moment at which the first line can be read: in the run's log, or from the pipe.
A kernel's very first submission, which imports what it needs, is measured apart, in processes of their own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, BenchmarkError, machine, median, table, write_json

LIMIT = 1.5
"""Of the script that imports what training scripts import."""
_PATIENCE = 120.0
TRAIN = """\
import argparse
import glob
import os

import numpy as np
import pandas as pd
from azureml.core import Run
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeRegressor

parser = argparse.ArgumentParser()
parser.add_argument("--max-depth", type=float, dest="max_depth", default=5)
args = parser.parse_args()
run = Run.get_context()
print("max depth", args.max_depth, flush=True)
"""
PRINT = "print('here', flush=True)\n"
SCRIPTS = {"train": TRAIN, "print": PRINT}
Times = dict[str, dict[str, list[float]]]


def environ(home: Path) -> dict[str, str]:
    """The environment for ``python script``: it finds ``azureml`` as a run's script does."""
    from aml_nb.core.runs.keeper.variables import STARTUP

    paths = [str(STARTUP), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "AML_NB_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def started(folder: Path, name: str, variables: dict[str, str]) -> float:
    """Seconds from starting the script with Python to its first line."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, f"{name}.py"], cwd=folder, env=variables, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.perf_counter() - begun
        process.stdout.read()
    if not line:
        raise BenchmarkError(f"{name}.py printed nothing")
    return took


def submitted(experiment: Any, folder: Path, name: str) -> float:
    """Seconds from submitting the script to its first line in the run's log."""
    from aml_nb.core.runs.script_run_config import ScriptRunConfig

    config = ScriptRunConfig(str(folder), script=f"{name}.py")
    begun = time.perf_counter()
    run = experiment.submit(config)
    log = run._folder.logs / "user_logs" / "std_log.txt"
    while not (log.exists() and log.stat().st_size):
        if time.perf_counter() - begun > _PATIENCE:
            raise BenchmarkError(f"{name}.py printed nothing: {run.get_details()}")
        time.sleep(0.0005)
    took = time.perf_counter() - begun
    if run.wait_for_completion()["status"] != "Completed":
        raise BenchmarkError(f"the run of {name}.py failed")
    return took


def first(home: Path, folder: Path, name: str) -> float:
    """Seconds of the first submission of a new process, which has opened its experiment."""
    code = (
        "import sys; from pathlib import Path; from aml_nb.core.runs.experiment import Experiment;"
        "from aml_nb.core.workspace import Workspace; from benchmarks.submit import submitted;"
        "experiment = Experiment(Workspace.create('bench', exist_ok=True, show_output=False), 'first');"
        f"print(submitted(experiment, Path({str(folder)!r}), {name!r}))"
    )
    variables = {**os.environ, "AML_NB_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(done.stderr)
    return float(done.stdout.split()[-1])


def measure(home: Path, folder: Path, rounds: int) -> Times:
    """The seconds of each way for each script, by turns."""
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.workspace import Workspace

    os.environ["AML_NB_HOME"] = str(home)
    experiment = Experiment(Workspace.create("bench", exist_ok=True, show_output=False), "submit")
    variables = environ(home)
    times: Times = {name: {"submitted": [], "python": [], "first": []} for name in SCRIPTS}
    for name in SCRIPTS:  # files come into memory, and both ways have been gone once
        started(folder, name, variables)
        submitted(experiment, folder, name)
    for number in range(rounds):
        for name in SCRIPTS:
            ways = [
                ("submitted", lambda name=name: submitted(experiment, folder, name)),
                ("python", lambda name=name: started(folder, name, variables)),
            ]
            for way, take in ways if number % 2 else reversed(ways):
                times[name][way].append(take())
    for name in SCRIPTS:
        times[name]["first"] = [first(home, folder, name) for _ in range(min(3, rounds))]
    return times


def results(times: Times) -> dict[str, float]:
    """Quotients of medians, and what a submission adds in seconds."""
    found = {}
    for name, took in times.items():
        found[f"{name}_over_python"] = median(took["submitted"]) / median(took["python"])
        found[f"{name}_first_over_python"] = median(took["first"]) / median(took["python"])
        found[f"{name}_added_seconds"] = median(took["submitted"]) - median(took["python"])
    return found


def report(times: Times, figures: dict[str, float]) -> bool:
    """Print it; whether the target was reached."""
    ways = {"python": "python script.py", "submitted": "submit", "first": "a process's first submit"}
    rows = [
        [name, ways[way], f"{median(took[way]):.3f}", f"{min(took[way]):.3f}"]
        for name, took in times.items()
        for way in ways
    ]
    print(table(["script", "started by", "median s", "least s"], rows), end="\n\n")
    good = figures["train_over_python"] <= LIMIT
    checks = [
        ["train: submit / python", f"{figures['train_over_python']:.2f}", f"{LIMIT}", "reached" if good else "MISSED"],
        ["train: first submit / python", f"{figures['train_first_over_python']:.2f}", "", ""],
        ["print: submit / python", f"{figures['print_over_python']:.2f}", "", ""],
        ["print: added ms", f"{1000 * figures['print_added_seconds']:.0f}", "", ""],
    ]
    print(table(["figure", "measured", "at most", ""], checks))
    return good


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, the target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.submit", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when the target is missed")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "scripts")
        folder.mkdir()
        for script, text in SCRIPTS.items():
            (folder / f"{script}.py").write_text(text, encoding="utf-8")
        times = measure(Path(name, "home"), folder, options.rounds)
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    figures = results(times)
    reached = report(times, figures)
    write_json(options.json, {"machine": machine(), "seconds": times, "figures": figures})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
