"""ModelProfile: what was measured of a model and its entry script, and what to ask for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aml_nb.core.interrupting import only_waiting
from aml_nb.core.profile import records
from aml_nb.core.profile.table import HEADS, cells
from aml_nb.core.webservice import services
from aml_nb.core.webservice.output import poll
from aml_nb.errors import Source, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

# Attribute, and v1's key for it.
_MEASURED = {
    "recommended_cpu": "recommendedCpu",
    "recommended_memory": "recommendedMemoryInGB",
    "requested_cpu": "requestedCpu",
    "requested_memory_in_gb": "requestedMemoryInGB",
    "requested_queries_per_second": "requestedQueriesPerSecond",
    "max_utilized_cpu": "maxUtilizedCpu",
    "max_utilized_memory": "maxUtilizedMemoryInGB",
    "measured_queries_per_second": "measuredQueriesPerSecond",
    "total_queries": "totalQueries",
    "success_queries": "successQueries",
    "success_rate": "successRate",
    "average_latency_in_ms": "averageLatencyInMs",
    "latency_percentile_50_in_ms": "latencyPercentile50InMs",
    "latency_percentile_90_in_ms": "latencyPercentile90InMs",
    "latency_percentile_95_in_ms": "latencyPercentile95InMs",
    "latency_percentile_99_in_ms": "latencyPercentile99InMs",
    "latency_percentile_999_in_ms": "latencyPercentile999InMs",
}


class ModelProfile:
    """What was measured of a model with its entry script. ``Model.profile`` makes one.

    ``ModelProfile(ws, name)`` finds one again, from any kernel, also while it is being measured.

    Parameters
    ----------
    workspace : the workspace it is in.
    name : its name.

    Raises
    ------
    WebserviceException
        There is no profile of that name.
    """

    recommended_cpu: float | None
    recommended_memory: float | None
    requested_cpu: float | None
    requested_memory_in_gb: float | None
    requested_queries_per_second: float | None
    max_utilized_cpu: float | None
    max_utilized_memory: float | None
    measured_queries_per_second: float | None
    total_queries: int | None
    success_queries: int | None
    success_rate: float | None
    average_latency_in_ms: float | None
    latency_percentile_50_in_ms: float | None
    latency_percentile_90_in_ms: float | None
    latency_percentile_95_in_ms: float | None
    latency_percentile_99_in_ms: float | None
    latency_percentile_999_in_ms: float | None

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self.name = name
        self.parent_request_id: str | None = None
        self.input_dataset_id: str | None = None
        self._refresh()

    def _refresh(self) -> None:
        self._record = record = records.get(self.workspace, self.name)
        self.id: str = record["id"]
        self.create_operation_id: str = record["id"]
        self.state: str = record["state"]
        self.description: str | None = record.get("description")
        self.created_time = services.when(record["createdTime"])
        self.model_ids: list[str] = list(record["modelIds"])
        self.error: dict[str, Any] | None = record.get("error")
        self.error_logs_url = self._logs_url()
        for attribute, key in _MEASURED.items():
            setattr(self, attribute, record.get(key))

    def _logs_url(self) -> str | None:
        """Where the service's own lines are, of a profile that failed."""
        path = records.folder_of(self.workspace, self.name) / records.SERVICE_LOG
        return path.as_uri() if self.error is not None and path.exists() else None

    @property
    def environment(self) -> Any:
        """The environment that the script ran in; None where none was given."""
        saved = self._record.get("environment")
        if saved is None:
            return None
        from aml_nb.core.environment import Environment

        return Environment._from_json(saved)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was measured at each load so far."""
        return [dict(row) for row in self._record["rows"]]

    @property
    def notes(self) -> list[str]:
        """How it was measured, and where the recommendation comes from."""
        return [*self._record["notes"], *self._record.get("advice", ())]

    def wait_for_completion(self, show_output: bool = False) -> None:
        """Wait until everything is measured. Interrupting it does not stop the measurement.

        Parameters
        ----------
        show_output : print what was measured at each load as it is known.

        Raises
        ------
        WebserviceException
            It failed; ``source`` has the lines of the script, where these are why.
        """
        printed = _Printed(show_output)
        with only_waiting("the measurement", "profile.wait_for_completion(show_output=True)"):
            poll(lambda: self._step(printed))
        printed.end(self)
        if self.state == records.FAILED:
            raise self._failure()

    def _step(self, printed: _Printed) -> str:
        self._refresh()
        printed.rows(self._record["rows"])
        return self.state

    def _failure(self) -> WebserviceException:
        error = self.error or {"code": "internal", "message": "It ended and left no reason."}
        logs = None if self.error_logs_url is None else f"the service's log is at {self.error_logs_url}"
        return WebserviceException(
            f"Model profiling failed for {self.name}: {error['message']}",
            source=Source.told(error),
            hint=error.get("hint") or logs or f"Model.profile(ws, {self.name!r}, ...) measures again",
        )

    def get_details(self) -> dict[str, Any]:
        """What was measured and what to ask for, under v1's keys; of a failed profile the error.

        ``loads`` has a row for each load; ``cpu`` and ``memoryInGB`` are what to ask for, as v1's first
        releases called it.
        """
        self._refresh()
        found: dict[str, Any] = {"name": self.name, "state": self.state}
        found |= {key: getattr(self, attribute) for attribute, key in _MEASURED.items()}
        if self.state == records.FAILED:
            found = {key: value for key, value in found.items() if value is not None}
            return {**found, "error": self.error, "errorLogsUrl": self.error_logs_url, "notes": self.notes}
        return {
            **found,
            "cpu": self.recommended_cpu,
            "memoryInGB": self.recommended_memory,
            "loads": self.rows,
            "notes": self.notes,
        }

    def serialize(self) -> dict[str, Any]:
        """The profile as a JSON-able dictionary."""
        return {
            "name": self.name,
            "id": self.id,
            "description": self.description,
            "createdTime": self._record["createdTime"],
            "createdBy": self._record["createdBy"],
            "state": self.state,
            "modelIds": self.model_ids,
            "inputDatasetId": self.input_dataset_id,
            "environment": self._record.get("environment"),
            **{key: getattr(self, attribute) for attribute, key in _MEASURED.items()},
            "error": self.error,
            "errorLogsUrl": self.error_logs_url,
            "loads": self.rows,
            "notes": self.notes,
        }

    def __repr__(self) -> str:
        return (
            f"ModelProfile(workspace={self.workspace!r}, name={self.name}, id={self.id}, state={self.state}, "
            f"recommended_cpu={self.recommended_cpu}, recommended_memory={self.recommended_memory})"
        )

    @staticmethod
    def _list(workspace: Workspace) -> list[ModelProfile]:
        return [ModelProfile(workspace, record["name"]) for record in records.every(workspace)]

    def _delete(self) -> None:
        """Stop measuring, where it still is, and remove it."""
        records.delete(self.workspace, self.name)


class _Printed:
    """The lines of ``wait_for_completion``."""

    def __init__(self, show: bool) -> None:
        self._show, self._told = show, 0
        self._write(records.RUNNING)

    def rows(self, rows: list[dict[str, Any]]) -> None:
        """Print the rows that are new, below a head."""
        for row in rows[self._told :]:
            if self._told == 0:
                self._write("\n" + "  ".join(head.rjust(len(head)) for head in HEADS))
            self._write("\n" + "  ".join(cell.rjust(len(head)) for cell, head in zip(cells(row), HEADS, strict=True)))
            self._told += 1

    def end(self, profile: ModelProfile) -> None:
        """Print how it ended."""
        self._write(f"\n{profile.state}\n")
        if profile.state == records.SUCCEEDED and profile.recommended_cpu is not None:
            self._write(
                f"Recommended: cpu_cores={profile.recommended_cpu:g}, memory_gb={profile.recommended_memory:g}\n"
            )

    def _write(self, text: str) -> None:
        if self._show:
            sys.stdout.write(text)
            sys.stdout.flush()
