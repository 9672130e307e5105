"""What a schedule is, to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.shown import html_of, text_of

if TYPE_CHECKING:
    from aml_nb.core.pipelines.recurrence import ScheduleRecurrence


class ScheduleFacts:
    """The properties of Schedule, and how it looks."""

    _id: str
    _facts: dict[str, Any]
    _recurrence: ScheduleRecurrence | None

    @property
    def id(self) -> str:
        """The schedule's id."""
        return self._id

    @property
    def name(self) -> str:
        """The name that was given."""
        return str(self._facts["name"])

    @property
    def description(self) -> str | None:
        """The description that was given."""
        return self._told("description")

    @property
    def pipeline_id(self) -> str | None:
        """Of the published pipeline that it runs."""
        return self._told("pipeline_id")

    @property
    def pipeline_endpoint_id(self) -> str | None:
        """Of the pipeline endpoint whose default version it runs."""
        return self._told("pipeline_endpoint_id")

    @property
    def status(self) -> str:
        """``Active`` or ``Disabled``."""
        return str(self._facts["status"])

    @property
    def recurrence(self) -> ScheduleRecurrence | None:
        """How often it runs; None where it looks after data."""
        return self._recurrence

    @property
    def datastore_name(self) -> str | None:
        """The datastore that it looks after."""
        return self._told("datastore_name")

    @property
    def polling_interval(self) -> int | None:
        """How many minutes lie between two looks at the datastore."""
        found: int | None = self._facts["polling_interval"]
        return found

    @property
    def data_path_parameter_name(self) -> str | None:
        """The parameter of the pipeline that is told which file changed."""
        return self._told("data_path_parameter_name")

    @property
    def continue_on_step_failure(self) -> bool | None:
        """Whether its runs go on with other steps when one fails."""
        found: bool | None = self._facts["continue_on_step_failure"]
        return found

    @property
    def path_on_datastore(self) -> str | None:
        """The folder of the datastore that it looks after."""
        return self._told("path_on_datastore")

    def _told(self, name: str) -> str | None:
        found: str | None = self._facts[name]
        return found

    def _rows(self) -> list[tuple[str, Any]]:
        rows = [
            ("Name", self.name),
            ("Id", self._id),
            ("Status", self.status),
            ("Pipeline Id", self.pipeline_id),
            ("Pipeline Endpoint Id", self.pipeline_endpoint_id),
        ]
        if self._recurrence is not None:
            return [*rows, ("Recurrence Details", self._recurrence)]
        path = f", path {self.path_on_datastore}" if self.path_on_datastore else ""
        return [*rows, ("Datastore", f"{self.datastore_name}{path}, every {self.polling_interval} minutes")]

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("Schedule", self._rows())

    def __repr__(self) -> str:
        return str(self)
