"""One side of the run.log benchmark: does what standard input says, answers with the seconds it took.

Runs in a peer's environment too, so it imports nothing of this project but aml_nb itself where that is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AML_SCRIPT = """
import sys
import time

from azureml.core import Run

run = Run.get_context()
count = int(sys.argv[1])
began = time.perf_counter()
for step in range(count):
    run.log("loss", 1 / (step + 1), step=step)
with open(sys.argv[2], "w") as file:
    print(time.perf_counter() - began, file=file)
"""

MLFLOW_SCRIPT = """
import sys
import time

import mlflow
from mlflow.entities import Metric

count, batch = int(sys.argv[1]), sys.argv[4] == "batch"
mlflow.set_tracking_uri(sys.argv[3])
mlflow.set_experiment("bench")
with mlflow.start_run() as run:
    began = time.perf_counter()
    if batch:
        client, now = mlflow.MlflowClient(), int(time.time() * 1000)
        for start in range(0, count, 1000):
            values = [Metric("loss", 1 / (step + 1), now, step) for step in range(start, min(count, start + 1000))]
            client.log_batch(run.info.run_id, values)
    else:
        for step in range(count):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
    seconds = time.perf_counter() - began
with open(sys.argv[2], "w") as file:
    print(seconds, run.info.run_id, file=file)
"""


class Aml:
    """aml_nb: a script that is submitted logs, the notebook reads."""

    def __init__(self, folder: Path) -> None:
        os.environ["AML_NB_HOME"] = str(folder / "home")
        from aml_nb.core.runs.experiment import Experiment
        from aml_nb.core.runs.run import Run
        from aml_nb.core.runs.script_run_config import ScriptRunConfig
        from aml_nb.core.workspace import Workspace

        self.make, self.run = ScriptRunConfig, Run
        self.workspace = Workspace.create("bench", show_output=False)
        self.experiment = Experiment(self.workspace, "bench")
        self.source, self.answer = folder / "source", folder / "answer.txt"
        self.source.mkdir()
        (self.source / "train.py").write_text(AML_SCRIPT)
        self.last = ""

    def log(self, count: int) -> float:
        """Submit the script; the seconds that its loop took."""
        arguments = [count, str(self.answer)]
        run = self.experiment.submit(self.make(str(self.source), script="train.py", arguments=arguments))
        run.wait_for_completion()
        self.last = run.id
        return float(self.answer.read_text())

    def read(self) -> list[float]:
        """What the last run has logged."""
        return list(self.run.get(self.workspace, self.last).get_metrics()["loss"])

    log_batch = log


class MLflow:
    """MLflow on an SQLite file: a script logs, another process reads."""

    def __init__(self, folder: Path) -> None:
        self.uri = f"sqlite:///{folder}/mlflow.db"
        self.folder, self.script, self.answer = folder, folder / "train.py", folder / "answer.txt"
        self.script.write_text(MLFLOW_SCRIPT)
        self.last = ""
        from mlflow import MlflowClient

        self.client: Any = MlflowClient(self.uri)
        self.client.create_experiment("bench", artifact_location=f"file://{folder}/artifacts")

    def log(self, count: int, way: str = "each") -> float:
        """The call that stands for run.log: log_metric, once a value."""
        command = [sys.executable, str(self.script), str(count), str(self.answer), self.uri, way]
        subprocess.run(command, cwd=self.folder, check=True, stdout=sys.stderr)
        seconds, self.last = self.answer.read_text().split()
        return float(seconds)

    def log_batch(self, count: int) -> float:
        """The least that MLflow can do: a thousand values a call."""
        return self.log(count, "batch")

    def read(self) -> list[float]:
        """What the last run has logged."""
        return [metric.value for metric in self.client.get_metric_history(self.last, "loss")]


class Limit:
    """What the machine allows: a line of JSON appended by a system call each, the file parsed again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lines.jsonl"

    def log(self, count: int) -> float:
        """Append the lines, flushed to the kernel one by one."""
        self.path.unlink(missing_ok=True)
        began = time.perf_counter()
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for step in range(count):
            os.write(handle, (json.dumps(["loss", 1 / (step + 1), step]) + "\n").encode())
        os.close(handle)
        return time.perf_counter() - began

    def read(self) -> list[float]:
        """The values of all lines."""
        with self.path.open("rb") as file:
            return [json.loads(line)[1] for line in file]

    log_batch = log


SIDES: dict[str, Callable[[Path], Aml | MLflow | Limit]] = {"aml_nb": Aml, "mlflow": MLflow, "limit": Limit}


def main() -> None:
    """Serve commands until standard input ends: a verb and how many values."""
    folder = Path(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print is no answer
    side = SIDES[sys.argv[1]](folder)
    for line in sys.stdin:
        verb, count = line.split()[0], int(line.split()[1])
        if verb == "read":
            began = time.perf_counter()
            values = side.read()
            seconds = time.perf_counter() - began
            right = values == [1 / (step + 1) for step in range(count)]
        else:
            seconds, right = getattr(side, verb)(count), True
        print(json.dumps({"seconds": seconds, "right": right}), file=answers, flush=True)


if __name__ == "__main__":
    main()
