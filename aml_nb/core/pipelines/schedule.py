"""Schedules: published pipelines that run by the clock, or when data of a datastore changes."""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines import schedule_checks
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.schedule_facts import ScheduleFacts

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

POLLING_INTERVAL = 5
_SHOWN = (
    "name", "description", "pipeline_id", "pipeline_endpoint_id", "status", "datastore_name", "polling_interval",
    "data_path_parameter_name", "continue_on_step_failure", "path_on_datastore",
)  # fmt: skip


class Schedule(ScheduleFacts):
    """A schedule; made by ``Schedule.create`` and ``Schedule.create_for_pipeline_endpoint``.

    The workspace's control plane keeps it: a process of its own, which these two start, and every look at schedules,
    too, where it is not running. Times that passed while the machine was off or asleep are made up for by one run.

    Parameters
    ----------
    workspace : where it is.
    id, name, description, pipeline_id, status, recurrence, datastore_name, polling_interval,
    data_path_parameter_name, continue_on_step_failure, path_on_datastore, pipeline_endpoint_id : what it is.
    """

    def __init__(
        self,
        workspace: Workspace,
        id: str,
        name: str,
        description: str | None,
        pipeline_id: str | None,
        status: str,
        recurrence: ScheduleRecurrence | None,
        datastore_name: str | None,
        polling_interval: int | None,
        data_path_parameter_name: str | None,
        continue_on_step_failure: bool | None,
        path_on_datastore: str | None,
        _schedule_provider: Any = None,
        pipeline_endpoint_id: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._id = id
        self._facts: dict[str, Any] = {
            "name": name,
            "description": description,
            "pipeline_id": pipeline_id,
            "pipeline_endpoint_id": pipeline_endpoint_id,
            "status": status,
            "datastore_name": datastore_name,
            "polling_interval": polling_interval,
            "data_path_parameter_name": data_path_parameter_name,
            "continue_on_step_failure": continue_on_step_failure,
            "path_on_datastore": path_on_datastore,
        }
        self._recurrence = recurrence

    @classmethod
    def _of(cls, workspace: Workspace, payload: dict[str, Any]) -> Schedule:
        told = payload["recurrence"]
        recurrence = None if told is None else ScheduleRecurrence._from_dict(told)
        facts = {name: payload[name] for name in _SHOWN}
        return cls(workspace, payload["id"], recurrence=recurrence, **facts)

    @staticmethod
    def create(
        workspace: Workspace,
        name: str,
        pipeline_id: str,
        experiment_name: str,
        recurrence: ScheduleRecurrence | None = None,
        description: str | None = None,
        pipeline_parameters: dict[str, Any] | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = POLLING_INTERVAL,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> Schedule:
        """Have a published pipeline run by the clock, or when files of a datastore are added or changed.

        Parameters
        ----------
        name : to know it by.
        pipeline_id : of the published pipeline.
        experiment_name : of its runs.
        recurrence : how often; either this or a datastore.
        description : to know it by.
        pipeline_parameters : values by name; those left out have their defaults.
        wait_for_provisioning, wait_timeout : taken for v1's sake; the schedule holds when this returns.
        datastore : an AzureBlobDatastore, which is looked at every ``polling_interval`` minutes.
        data_path_parameter_name : a DataPath parameter that is told which file changed; each file gets a run.
        continue_on_step_failure : go on with other steps when one fails; as published unless told.
        path_on_datastore : the folder of the datastore; folders below it are not looked at.

        Raises
        ------
        ArgumentError : neither or both of recurrence and datastore are given, or they do not go with the rest.
        NotPublishedError : there is no such pipeline.
        PipelineError : the pipeline has no such parameter.
        """
        return _create(workspace, {"pipeline_id": pipeline_id, "pipeline_endpoint_id": None}, locals())

    @staticmethod
    def create_for_pipeline_endpoint(
        workspace: Workspace,
        name: str,
        pipeline_endpoint_id: str,
        experiment_name: str,
        recurrence: ScheduleRecurrence | None = None,
        description: str | None = None,
        pipeline_parameters: dict[str, Any] | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = POLLING_INTERVAL,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> Schedule:
        """The same for a pipeline endpoint: what runs is its default version of that time.

        Parameters
        ----------
        pipeline_endpoint_id : of the endpoint. The others are those of ``create``.

        Raises
        ------
        ArgumentError, NotPublishedError, PipelineError : as ``create`` does.
        """
        return _create(workspace, {"pipeline_id": None, "pipeline_endpoint_id": pipeline_endpoint_id}, locals())

    def update(
        self,
        name: str | None = None,
        description: str | None = None,
        recurrence: ScheduleRecurrence | None = None,
        pipeline_parameters: dict[str, Any] | None = None,
        status: str | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int | None = None,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
    ) -> None:
        """Change what is told; a new recurrence is counted from now, or from its start.

        Raises
        ------
        ArgumentError : it does not go with what the schedule is, or the status is neither Active nor Disabled.
        """
        given = {name_: value for name_, value in locals().items() if name_ != "self" and value is not None}
        self._change(schedule_checks.updated(self._workspace, self._fresh(), given, _now()))

    def enable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        """Let it run again; what was missed meanwhile is not made up for."""
        self.update(status=kept.ACTIVE)

    def disable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        """Let it run no more."""
        self.update(status=kept.DISABLED)

    def get_pipeline_runs(self) -> builtins.list[Any]:
        """The runs that it has submitted, newest first."""
        return builtins.list(self._runs())

    def get_last_pipeline_run(self) -> Any:
        """The run that it submitted last; None where it has submitted none."""
        return next(self._runs(), None)

    @staticmethod
    def get(workspace: Workspace, id: str, _workflow_provider: Any = None, _service_endpoint: Any = None) -> Schedule:
        """The schedule of an id.

        Raises
        ------
        NotPublishedError : there is none.
        """
        payload = kept.find(workspace, kept.SCHEDULE, id)
        _kept_going(workspace, [payload])
        return Schedule._of(workspace, payload)

    @staticmethod
    def get_all(
        workspace: Workspace,
        active_only: bool = True,
        pipeline_id: str | None = None,
        pipeline_endpoint_id: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> builtins.list[Schedule]:
        """As ``list``."""
        return Schedule.list(workspace, active_only, pipeline_id, pipeline_endpoint_id)

    @staticmethod
    def list(
        workspace: Workspace,
        active_only: bool = True,
        pipeline_id: str | None = None,
        pipeline_endpoint_id: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> builtins.list[Schedule]:
        """The schedules, newest first: of a published pipeline, of a pipeline endpoint, or all.

        Raises
        ------
        ArgumentError : both ids are given.
        """
        schedule_checks.one_id(pipeline_id, pipeline_endpoint_id)
        wanted = {"pipeline_id": pipeline_id, "pipeline_endpoint_id": pipeline_endpoint_id}
        found = [
            payload
            for payload in kept.listed(workspace, kept.SCHEDULE, active_only)
            if all(value is None or payload[name] == value for name, value in wanted.items())
        ]
        _kept_going(workspace, found)
        return [Schedule._of(workspace, payload) for payload in found]

    @staticmethod
    def get_schedules_for_pipeline_id(
        workspace: Workspace, pipeline_id: str, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[Schedule]:
        """All schedules of a published pipeline, the disabled ones too."""
        return Schedule.list(workspace, active_only=False, pipeline_id=pipeline_id)

    @staticmethod
    def get_schedules_for_pipeline_endpoint_id(
        workspace: Workspace, pipeline_endpoint_id: str, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[Schedule]:
        """All schedules of a pipeline endpoint, the disabled ones too."""
        return Schedule.list(workspace, active_only=False, pipeline_endpoint_id=pipeline_endpoint_id)

    @staticmethod
    def load_yaml(
        workspace: Workspace, filename: str, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> dict[str, Any]:
        """Read what a schedule is from a YAML file, as keyword arguments for ``create``.

        Raises
        ------
        PipelineError : the file says something else.
        """
        from aml_nb.core.pipelines.schedule_yaml import load

        return load(workspace, filename)

    def _fresh(self) -> dict[str, Any]:
        return kept.find(self._workspace, kept.SCHEDULE, self._id)

    def _change(self, fields: dict[str, Any]) -> None:
        def change(payload: dict[str, Any]) -> None:
            payload.update(fields)
            payload["revision"] += 1

        records = kept.records(self._workspace, kept.SCHEDULE)
        payload = provision(self._workspace, lambda: records.modify(self._id, change))
        self.__dict__.update(Schedule._of(self._workspace, payload).__dict__)

    def _runs(self) -> Iterator[Any]:
        from aml_nb.core.runs.experiment import Experiment
        from aml_nb.core.runs.kinds import make
        from aml_nb.core.runs.records import RunRecords

        records = RunRecords(self._workspace._store)
        for record in records.find(run_type="azureml.PipelineRun", properties={"azureml.scheduleid": self._id}):
            yield make(Experiment(self._workspace, record.experiment), record)


def provision(workspace: Workspace, change: Callable[[], Any]) -> Any:
    """Change schedules, and have the control plane look at them: they hold when this returns.

    It is started first: where it does not start, nothing is changed.
    """
    from aml_nb.core.plane.starting import up
    from aml_nb.core.plane.telling import reload

    plane = up(workspace)
    changed = change()
    reload(plane)
    return changed


def _create(workspace: Workspace, of: dict[str, Any], given: dict[str, Any]) -> Schedule:
    facts = schedule_checks.created(workspace, {**given, **of}, _now())
    payload = {"id": str(uuid.uuid4()), **of, **facts}
    provision(workspace, lambda: kept.records(workspace, kept.SCHEDULE).create(payload["id"], payload))
    return Schedule._of(workspace, payload)


def _kept_going(workspace: Workspace, payloads: builtins.list[dict[str, Any]]) -> None:
    """A machine that was started anew has no control plane until somebody needs it; schedules do."""
    from aml_nb.core.plane.starting import up

    if any(payload["status"] == kept.ACTIVE for payload in payloads):
        up(workspace)


def _now() -> datetime:
    return datetime.now(timezone.utc)
