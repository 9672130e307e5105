"""The process behind an AutoML run: it prepares the data, has pipelines tried, and says which is the best.

It is started by ``submit_driver``; what is printed here is the run's log, ``azureml-logs/automl.txt``.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from aml_nb.core.automl import (
    algorithms,
    constants,
    guardrails,
    inputs,
    loading,
    preparing,
    settings,
    splits,
    table,
    testing,
)
from aml_nb.core.automl.conductor import Conductor, Nodes
from aml_nb.core.automl.exceptions import FitException
from aml_nb.core.automl.iterations import Iterations
from aml_nb.core.automl.preparing import Prepared
from aml_nb.core.automl.search import Search
from aml_nb.core.automl.workers import Workers
from aml_nb.core.runs.folder import RunFolder

_lock = threading.Lock()


def drive(run: Any, payload: dict[str, Any], cancelled: threading.Event) -> None:
    """Search, until enough was tried, the time is over, or the run is cancelled.

    Raises
    ------
    AutoMLException : the data cannot be learnt from, or no pipeline could be trained.
    """
    warnings.simplefilter("ignore")
    folder = RunFolder(run.experiment.workspace, run.id).path / inputs.FOLDER
    try:
        _drive(run, payload, folder, cancelled)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drive(run: Any, payload: dict[str, Any], folder: Path, cancelled: threading.Event) -> None:
    known = payload["settings"]
    allowed = settings.algorithms(known)
    workers = Workers(folder, known["max_cores_per_iteration"], algorithms.packages(known["task"], allowed))
    workers.warm()
    train, test, prepared = _prepared(run, payload, folder)
    names, notes = algorithms.usable(known["task"], allowed, prepared.rows, prepared.gaps)
    for note in notes:
        say(note)
    if not names:
        raise FitException("No algorithm is left to try: " + " ".join(notes), hint="pip install 'aml_nb[automl]'")
    facts = {"engineered_feature_names.json": prepared.feature_names, "featurization_summary.json": prepared.summary}
    children = Iterations(run, known, folder, train.X.head(100), facts, prepared.training_type)
    search = Search(known["task"], names, not constants.minimized(known["primary_metric"]), known["seed"])
    conductor = Conductor(known, search, children, workers, _nodes(run, payload["cluster"]), say, cancelled)
    status("ModelSelection", "pipelines are tried")
    say("\n" + table.LEGEND + "\n" + table.HEAD)
    conductor.go(_room(run, payload))
    if cancelled.is_set():
        return
    _finish(run, known, conductor)
    if test is not None and conductor.best is not None:
        testing.run(run, conductor.best.number, test, folder)


def _prepared(run: Any, payload: dict[str, Any], folder: Path) -> tuple[loading.Table, loading.Table | None, Prepared]:
    known = payload["settings"]
    status("DatasetEvaluation", "the data is read")
    data = inputs.restore(payload["data"], run.experiment.workspace, folder)
    train, notes = loading.training(data, known)
    for note in notes:
        say(note)
    valid, test = loading.validation(data, known, train), loading.testing(data, known, train)
    if known["test_size"] is not None:
        part = splits.part(train, known, known["test_size"])
        train, test = train.rows(part.train), train.rows(part.valid)
    status("DatasetFeaturization", "features are made of the columns")
    prepared = preparing.prepare(train, valid, known, payload["featurization"], data.get("cv_splits_indices"), folder)
    status("DatasetFeaturizationCompleted", f"{len(prepared.feature_names)} features; {prepared.told}")
    print(guardrails.show(prepared.guardrails))
    run._change(lambda fields: fields["payload"].update(guardrails=prepared.guardrails))
    return train, test, prepared


def _room(run: Any, payload: dict[str, Any]) -> int:
    """So many iterations at a time as were asked for and there is room for."""
    wanted = int(payload["settings"]["max_concurrent_iterations"])
    if payload["cluster"] is None:
        most = os.cpu_count() or 1
    else:
        from aml_nb.core.compute.pool import Pool

        most = max(1, Pool(run.experiment.workspace._folder, payload["cluster"]).settings().maximum)
    if most < wanted:
        say(f"max_concurrent_iterations is {wanted}; there is room for {most} at a time.")
    return min(wanted, most)


def _nodes(run: Any, cluster: str | None) -> Nodes:
    """How an iteration gets a node of the cluster; on this machine it needs none."""
    if cluster is None:
        return lambda run_id, stopped: nullcontext()
    from aml_nb.core.compute.pool import Pool

    pool = Pool(run.experiment.workspace._folder, cluster)

    def acquire(run_id: str, stopped: Callable[[], bool]) -> Any:
        lease = pool.acquire(run_id, tell=lambda why: None, stopped=stopped)
        if lease is not None:
            lease.stage("running")
        return lease

    return acquire


def _finish(run: Any, known: dict[str, Any], conductor: Conductor) -> None:
    """Say which pipeline is the best; a search without a good one has failed."""
    best = conductor.best
    if best is None:
        failed = next((one for one in conductor.tried if one.error), None)
        why = (
            f" The first, {failed.label}: {str(failed.error).partition(chr(10))[0]}" if failed else f" {conductor.why}."
        )
        raise FitException(
            f"None of the {len(conductor.tried)} pipelines could be trained.{why}",
            hint="print(run.get_details_with_logs()['logFiles']['azureml-logs/automl.txt'])",
        )
    child = f"{run.id}_{best.number}"
    say(f"\nThe search has ended: {conductor.why}. The best pipeline is {best.number}, {best.label}.")
    from aml_nb.core.runs.run import Run

    for name, value in Run.get(run.experiment.workspace, child).get_metrics().items():
        if isinstance(value, (int, float)):
            run.log(name, value)
    facts = {"automl_best_child_run_id": child, "best_score": repr(best.score), "best_pipeline": best.label}
    run._change(lambda fields: fields["tags"].update(facts))
    run._change(lambda fields: fields["properties"].update({"best_child_run_id": child, "score": repr(best.score)}))
    run._change(lambda fields: fields["payload"].update(summary=_summary(conductor), why=json.dumps(conductor.why)))


def _summary(conductor: Conductor) -> list[dict[str, Any]]:
    return [{"iteration": one.number, "pipeline": one.label, "score": one.score} for one in conductor.tried]


def status(word: str, sentence: str) -> None:
    """A line on how far the search is, with v1's word for it."""
    say(f"Current status: {word}. {sentence[0].upper()}{sentence[1:]}.")


def say(line: str) -> None:
    """A line of the run's log."""
    with _lock:
        print(line, flush=True)
