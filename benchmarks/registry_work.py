"""One side of the registry benchmark: does what standard input says, answers with the seconds it took.

Runs in a peer's environment too, so it imports nothing of this project but aml_nb itself where that is measured.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any


class Aml:
    """aml_nb: a workspace of its own, the database in it."""

    def __init__(self, folder: Path) -> None:
        os.environ["AML_NB_HOME"] = str(folder)
        from aml_nb.core.model import Model
        from aml_nb.core.workspace import Workspace

        self.model = Model
        self.workspace = Workspace.create("bench", show_output=False)

    def register(self, name: str, path: Path) -> None:
        with contextlib.redirect_stdout(None):
            self.model.register(self.workspace, str(path), name, tags={"area": "iris"})

    def list(self) -> int:
        return len(self.model.list(self.workspace))

    register_bare, list_again = register, list


class MLflow:
    """MLflow on SQLite: the file logged to a run, a version of a registered model made of it."""

    def __init__(self, folder: Path) -> None:
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        import mlflow
        from mlflow import MlflowClient

        self.mlflow: Any = mlflow
        self.client: Any = MlflowClient()
        experiment = self.client.create_experiment("bench", artifact_location=f"file://{folder}/artifacts")
        self.run = self.client.create_run(experiment)
        self.known: set[str] = set()

    def register(self, name: str, path: Path) -> None:
        """The call its documentation gives: register_model, which waits for the version to be ready."""
        self.mlflow.register_model(self.log(path), name, tags={"area": "iris"})

    def register_bare(self, name: str, path: Path) -> None:
        """The least that makes a version, below that call."""
        source = self.log(path)
        if name not in self.known:
            with contextlib.suppress(self.mlflow.exceptions.MlflowException):
                self.client.create_registered_model(name)
            self.known.add(name)
        self.client.create_model_version(name, source, run_id=self.run.info.run_id, tags={"area": "iris"})

    def log(self, path: Path) -> str:
        self.client.log_artifact(self.run.info.run_id, str(path))
        return f"{self.run.info.artifact_uri}/{path.name}"

    def list(self) -> int:
        return len(self.client.search_registered_models(max_results=1000))

    def list_again(self) -> int:
        return len(self.client.search_model_versions(max_results=10_000))


class Limit:
    """What the machine allows: the file written, synced and renamed, and one row committed to SQLite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = 0
        self.connection = sqlite3.connect(folder / "limit.db", isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE m (name, path, tags)"):
            self.connection.execute(statement)

    def register(self, name: str, path: Path) -> None:
        self.files += 1
        final = self.folder / f"{self.files}.pkl"
        handle = os.open(f"{final}.new", os.O_WRONLY | os.O_CREAT, 0o444)
        os.write(handle, path.read_bytes())
        os.fsync(handle)
        os.close(handle)
        os.replace(f"{final}.new", final)
        handle = os.open(self.folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        self.connection.execute("INSERT INTO m VALUES (?, ?, ?)", (name, str(final), '{"area": "iris"}'))

    def list(self) -> int:
        return len(self.connection.execute("SELECT * FROM m").fetchall())

    register_bare, list_again = register, list


SIDES: dict[str, Callable[[Path], Aml | MLflow | Limit]] = {"aml_nb": Aml, "mlflow": MLflow, "limit": Limit}


def timed(act: Callable[[], object]) -> float:
    """The seconds that ``act`` takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def main() -> None:
    """Serve commands until standard input ends: a verb and how often."""
    folder, size = Path(sys.argv[2]), int(sys.argv[3])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print is no answer
    side = SIDES[sys.argv[1]](folder)
    path = folder / "model.pkl"
    made = 0
    for line in sys.stdin:
        verb, count = line.split()[0], int(line.split()[1])
        times: list[float] = []
        for _ in range(count):
            if verb.startswith("list"):
                times.append(timed(getattr(side, verb)))
                continue
            path.write_bytes(os.urandom(size))
            made += 1
            if verb == "fill":
                times.append(timed(partial(side.register_bare, f"model-{made}", path)))
            else:
                times.append(timed(partial(getattr(side, verb), "iris", path)))
        found = side.list() if verb.startswith("list") else made
        print(json.dumps({"seconds": times, "count": found}), file=answers, flush=True)


if __name__ == "__main__":
    main()
