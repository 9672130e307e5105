"""The process behind a HyperDrive run: it starts the children, follows their metric, and cancels the poor ones.

It is started by ``submit_driver``; what is printed here is the run's log, ``azureml-logs/hyperdrive.txt``.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import datetime, timezone
from typing import Any

from aml_nb.core.hyperdrive import distributions, generators, policy, sampling
from aml_nb.core.hyperdrive.exceptions import HyperDriveServiceException
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.hands import RunHands
from aml_nb.core.hyperdrive.search import Child, Limits, Search

POLL_S = 0.1
FAREWELL_S = 8.0
"""How long cancelled children have until the driver itself is ended."""


def drive(run: Any, payload: dict[str, Any], cancelled: threading.Event) -> None:
    """Search, until all is tried, too much has failed, or the run is cancelled.

    Raises
    ------
    HyperDriveServiceException : no child has come to a good end.
    """
    search, hands = _prepared(run, payload)
    tell("API", "experiment created: " + _summary(payload))
    if (room := hands.room()) < payload["max_concurrent_runs"]:
        tell("SCHEDULER", f"{payload['script']['target']} has room for {room} of them at a time")
    best: tuple[Child, float] | None = None
    try:
        while search.step():
            best = _note(run, search, best)
            if cancelled.wait(POLL_S * (1 + len(search.active) / 10)):
                search.stop("the run is cancelled")
                _see_off(search)
                return
    finally:
        if search.active:
            search.stop("the driver ends")
        hands.tidy()
    _note(run, search, best)
    _finish(run, payload, search, hands)


def _prepared(run: Any, payload: dict[str, Any]) -> tuple[Search, RunHands]:
    goal = PrimaryMetricGoal.from_str(payload["goal"])
    known = [(point, metric) for point, metric in payload["known"]]
    resumed = [(point, run_id) for point, run_id in payload["resumed"]]
    generator = generators.make(
        sampling.from_json(payload["sampling"]),
        goal,
        payload["seed"],
        [*known, *((point, None) for point, _ in resumed)],
    )
    seconds = payload["max_duration_minutes"] * 60.0
    limits = Limits(payload["max_total_runs"], payload["max_concurrent_runs"], seconds)
    hands = RunHands(run, payload["script"], payload["metric"], tell)
    stopping = policy.from_json(payload["policy"])
    return Search(generator, stopping, goal, limits, hands, tell, resumed), hands


def _summary(payload: dict[str, Any]) -> str:
    size = distributions.size(payload["sampling"]["parameter_space"])
    space = "a continuous space" if size is None else f"a space of {size}"
    return (
        f"{payload['sampling']['name']} sampling of {space}, at most {payload['max_total_runs']} runs, "
        f"{payload['max_concurrent_runs']} at once; {payload['goal'].lower()} {payload['metric']!r}"
    )


def _note(run: Any, search: Search, before: tuple[Child, float] | None) -> tuple[Child, float] | None:
    """Write down the best child when it is a new one, or has become better."""
    now = search.best
    if now is None or now == before:
        return now
    child, value = now
    tell("SCHEDULER", f"the best run is {child.id}: {value:.6g}")
    best = {
        "score": repr(value),
        "best_child_run_id": child.id,
        "best_metric_status": "Succeeded",
        "best_data_container_id": f"dcid.{child.id}",
    }
    run._change(lambda fields: fields["properties"].update(best))
    return now


def _see_off(search: Search) -> None:
    """Wait until the cancelled children have ended, so that none outlives the search."""
    until = time.monotonic() + FAREWELL_S
    while search.step() and time.monotonic() < until:
        time.sleep(POLL_S)


def _finish(run: Any, payload: dict[str, Any], search: Search, hands: RunHands) -> None:
    """Say how it went; a search without a good child has failed."""
    failed = [child for child in search.children if child.failed]
    if failed and len(failed) == len(search.children):
        given_up = ", so no more were started" if search.broken else ""
        raise HyperDriveServiceException(
            f"User errors were found in all of the {len(failed)} child runs{given_up}. The first, {failed[0].id}: "
            f"{hands.why(failed[0].id)}",
            hint=f"print(Run.get(ws, {failed[0].id!r}).get_details_with_logs()['logFiles'])",
        )
    if search.best is None:
        warning = f"No child run has a value of the primary metric: {hands.why_no_metric()}."
        tell("SCHEDULER", warning)
        warnings = [{"source": "HyperDrive", "message": warning}]
        run._change(lambda fields: fields["payload"].update(warnings=warnings))
    counted = f"{len(search.children)} runs, {len(failed)} of them failed" if failed else f"{len(search.children)} runs"
    tell("SCHEDULER", f"the experiment has ended: {counted}")


def tell(kind: str, sentence: str) -> None:
    """A line of the run's log."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    print(f"[{now}][{kind}] {sentence}{os.linesep}", end="", flush=True)
