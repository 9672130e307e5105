"""``python -m aml_nb.core.profile.runner WORKSPACE_FOLDER NAME``: measure one profile and end.

It deploys the content as a service of its own, calls it at rising load, writes down each load as it is done, and
removes the service whatever happens. The lock that it was started with says that it lives.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from aml_nb.core.diagnosis import failed_request, places
from aml_nb.core.profile import advice, load, records
from aml_nb.core.profile.watch import Watch
from aml_nb.core.webservice import services
from aml_nb.core.workspace import Workspace
from aml_nb.core.workspace import folder as workspace_folder
from aml_nb.engines.base import Engine, ServiceError, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import Keys
from aml_nb.errors import AmlError, Source

_POLL_S, _LOG_LINES = 0.05, 500
_WARM_UP, _WARM_UP_S, _DEATH_S = 20, 3.0, 1.0
_DIED = re.compile(r"The worker process (?:was ended by \w+|ended with exit code \d+)")


class _Unmeasurable(Exception):
    """The service did not start, or answered nothing; ``error`` is for the record."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


class Runner:
    """Measures one profile.

    Parameters
    ----------
    workspace : the profile's workspace.
    record : its record.
    """

    def __init__(self, workspace: Workspace, record: records.Payload) -> None:
        self._workspace, self._name = workspace, record["name"]
        self._record = record
        self._spec = ServiceSpec.from_dict(record["spec"])
        self._engine: Engine = services.engine_of(workspace, record)
        self._keys = Keys.make()
        self._folder = records.folder_of(workspace, self._name)
        self._ended = False

    def run(self) -> None:
        """Deploy, measure, remove, and write down how it ended."""
        facts: dict[str, Any]
        try:
            state, facts = records.SUCCEEDED, self._measure()
        except _Unmeasurable as error:
            state, facts = records.FAILED, {"error": error.error}
        except AmlError as error:
            state, facts = records.FAILED, {"error": _told(error)}
        except Exception as error:
            state, facts = (
                records.FAILED,
                {"error": {"code": "internal", "message": f"{type(error).__name__}: {error}"}},
            )
        except SystemExit:
            state, facts = records.FAILED, {"error": {"code": "stopped", "message": "The measurement was stopped."}}
        finally:
            self._remove()
        with suppress(KeyError):  # it was deleted meanwhile
            records.end(self._workspace, self._name, state, **facts)

    def _remove(self) -> None:
        """Keep the service's log, and remove the service; a second signal must not keep it from that."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with suppress(Exception):
            log = self._engine.logs(self._spec.handle, _LOG_LINES)
            (self._folder / records.SERVICE_LOG).write_text(log, encoding="utf-8")
        records.clean_up(self._workspace, self._record)

    def _measure(self) -> dict[str, Any]:
        target = self._started()
        bodies = self._bodies()
        self._warm_up(target, bodies)
        rows: list[advice.Row] = []
        latencies: dict[int, list[float]] = {}
        for clients in self._record["plan"]["loads"]:
            row, latencies[clients] = self._level(target, bodies, clients)
            rows.append(row)
            self._write(rows=rows)
            if advice.saturated(rows):
                break
        return self._summary(rows, latencies)

    def _started(self) -> load.Target:
        """Start the private service and wait until it answers."""
        print("starting the service", flush=True)
        with self._engine.exclusive(self._spec.handle):
            self._engine.start(self._spec, self._keys)
        status = self._settled()
        if not status.serving:
            raise _Unmeasurable(self._why(status.error))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._keys.primary}"}
        return load.Target(status.host, int(status.port or 0), self._spec.scoring_path, headers)

    def _settled(self) -> ServiceStatus:
        while True:
            status = self._engine.status(self._spec.handle)
            if services.outcome_of(status, self._spec.revision) != "Running":
                return status
            time.sleep(_POLL_S)

    def _warm_up(self, target: load.Target, bodies: list[bytes]) -> None:
        """Send some requests before anything is measured; where none is answered, there is nothing to measure."""
        client, until = load.Client(target), time.monotonic() + _WARM_UP_S
        good, bad = 0, None
        try:
            for body in bodies[:_WARM_UP]:
                reply = client.send(body)
                good, bad = (good + 1, bad) if reply.status == 200 else (good, bad or reply)
                if time.monotonic() > until:
                    break
        finally:
            client.close()
        if bad is not None and not good:
            raise _Unmeasurable(self._refused(bad))
        if bad is not None:
            self._note(f"Some of the requests are refused: {bad.status} {bad.text[:200]}")

    def _refused(self, reply: load.Reply) -> dict[str, Any]:
        """Why the service answers no request, with the line of the script where run() raised."""
        if reply.status in load.LOST:
            self._look_for_death()
        error = {"code": "requests-failed", "message": f"No request was answered: {reply.status} {reply.text[:500]}"}
        why = failed_request.run_failure(self._log_of(reply), reply.request_id or "\0", self._spec)
        if why is not None:
            error["message"] = f"run() failed on the request: {why.reason}"
            error |= _place(why.source)
        return error

    def _log_of(self, reply: load.Reply) -> str:
        """The service's log once it tells of the request, which may be a moment later."""
        limit = time.monotonic() + 1.0
        log = self._engine.logs(self._spec.handle, _LOG_LINES)
        while reply.request_id and reply.request_id not in log and time.monotonic() < limit:
            time.sleep(0.02)
            log = self._engine.logs(self._spec.handle, _LOG_LINES)
        return log

    def _level(self, target: load.Target, bodies: list[bytes], clients: int) -> tuple[advice.Row, list[float]]:
        """Measure one load."""
        began = time.process_time()
        with Watch(self._engine, self._spec.handle) as watch:
            outcome = load.run(target, bodies, clients, self._record["plan"]["seconds"], lambda: self._ended)
        if outcome.lost:
            self._look_for_death()
        good = outcome.latencies
        per_request = None if watch.cpu_s is None or not outcome.requests else watch.cpu_s / outcome.requests
        row: advice.Row = {
            "load": clients,
            "seconds": outcome.seconds,
            "requests": outcome.requests,
            "errors": outcome.errors,
            "requestsPerSecond": len(good) / outcome.seconds,
            "averageInMs": sum(good) / len(good) if good else None,
            **{f"percentile{share}InMs": load.percentile(good, share) for share in (50, 90, 95, 99)},
            # The service idles before and after, so all that it used it used for these requests.
            "cpu": None if watch.cpu_s is None else watch.cpu_s / outcome.seconds,
            "cpuSecondsPerRequest": per_request,
            "memoryInGB": advice.gigabytes(watch.memory),
            "machineBusy": watch.busy,
            "clientCpu": (time.process_time() - began) / outcome.seconds,
        }
        print(f"{clients} clients: {row['requestsPerSecond']:.1f} requests/s, {outcome.errors} errors", flush=True)
        return row, good

    def _look_for_death(self) -> None:
        """The process behind an answer that was lost has gone; it may have come back since."""
        until = time.monotonic() + _DEATH_S
        while time.monotonic() < until:
            status = self._engine.status(self._spec.handle)
            if status.error is not None and status.state != "Transitioning":
                raise _Unmeasurable(self._why(status.error))
            time.sleep(_POLL_S)
        told = _DIED.findall(self._engine.logs(self._spec.handle, _LOG_LINES))
        if told:
            raise _Unmeasurable(
                {"code": "worker-died", "message": f"{told[-1]} on a request.{self._starved(told[-1])}"}
            )

    def _starved(self, told: str) -> str:
        """Within a limit on memory, SIGKILL is how the kernel keeps it."""
        if not self._record["enforced"] or "SIGKILL" not in told:
            return ""
        return f" It probably needs more memory than the {self._record['requestedMemoryInGB']:g} GB that it was given."

    def _why(self, error: ServiceError | None) -> dict[str, Any]:
        if error is None:
            return {"code": "internal", "message": "The service ended and left no reason."}
        return {"code": error.code, "message": error.message, **_place(places.source_of(error, self._spec))}

    def _summary(self, rows: list[advice.Row], latencies: dict[int, list[float]]) -> dict[str, Any]:
        best = advice.best(rows)
        if best is None:
            raise _Unmeasurable({"code": "requests-failed", "message": "No request was answered under load."})
        cpu, memory = advice.recommend(rows)
        limits = self._record["requestedCpu"], self._record["requestedMemoryInGB"]
        requests, errors = (sum(row[key] for row in rows) for key in ("requests", "errors"))
        good = latencies[best["load"]]
        return {
            "recommendedCpu": cpu,
            "recommendedMemoryInGB": memory,
            "maxUtilizedCpu": max((r["cpu"] for r in rows if r["cpu"] is not None), default=None),
            "maxUtilizedMemoryInGB": max((r["memoryInGB"] for r in rows if r["memoryInGB"] is not None), default=None),
            "measuredQueriesPerSecond": best["requestsPerSecond"],
            "bestLoad": best["load"],
            "totalQueries": requests,
            "successQueries": requests - errors,
            "successRate": 100.0 * (requests - errors) / requests,
            "averageLatencyInMs": best["averageInMs"],
            **{f"latencyPercentile{share}InMs": load.percentile(good, share) for share in (50, 90, 95, 99)},
            "latencyPercentile999InMs": load.percentile(good, 99.9),
            "advice": advice.reasons(rows, *limits, self._record["enforced"]),
        }

    def _bodies(self) -> list[bytes]:
        return [base64.b64decode(text) for text in json.loads((self._folder / records.REQUESTS).read_text())]

    def _note(self, sentence: str) -> None:
        self._write(notes=[*self._record["notes"], sentence])

    def _write(self, **facts: Any) -> None:
        self._record = records.records(self._workspace).modify(self._name, lambda record: {**record, **facts})

    def stop(self) -> None:
        """End as soon as the requests under way are answered."""
        self._ended = True
        raise SystemExit(1)


def _told(error: AmlError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "hint": error.hint, **_place(error.source)}


def _place(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    return {"file": source.path, "line": source.line, "first": source.first, "lines": list(source.lines)}


def main(folder: str, name: str) -> int:
    """Measure the profile ``name`` of the workspace in ``folder``."""
    workspace = Workspace._of(Path(folder), workspace_folder.read(Path(folder)))
    record = records.records(workspace).modify(name, lambda record: {**record, "pid": os.getpid()})
    runner = Runner(workspace, record)
    signal.signal(signal.SIGTERM, lambda *_: runner.stop())
    runner.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
