"""Parents and children of runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import kinds
from aml_nb.core.runs import status as states
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.records import RunRecord, RunRecords
    from aml_nb.core.runs.run import Run
    from aml_nb.core.workspace import Workspace

MOST_CHILDREN = 100


class Family:
    """The methods of Run that lead to other runs."""

    if TYPE_CHECKING:

        @property
        def id(self) -> str: ...

        @property
        def experiment(self) -> Experiment: ...

        @property
        def _workspace(self) -> Workspace: ...

        @property
        def _records(self) -> RunRecords: ...

        def _look(self) -> RunRecord: ...

    @property
    def parent(self) -> Run | None:
        """The run that this one is a child of, or None."""
        parent_id = self._look().parent_id
        if parent_id is None:
            return None
        from aml_nb.core.runs.listing import get

        return get(self._workspace, parent_id)

    def get_children(
        self,
        recursive: bool = False,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        type: str | None = None,
        status: str | None = None,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Any]:
        """The children of this run, newest first, fetched as they are asked for.

        Parameters
        ----------
        recursive : their children too, and so on.
        tags, properties : a key, or a dictionary of keys and values.
        type, status : of the children.
        """
        from aml_nb.core.runs.listing import listed

        return listed(
            self.experiment,
            {"tags": tags, "properties": properties, "run_type": type, "status": status},
            parent_id=self.id,
            recursive=recursive,
            rehydrate=_rehydrate_runs,
        )

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Begin a child: a part of this run with metrics and files of its own. It ends with this run at the latest.

        Parameters
        ----------
        name : shown in place of the id.
        run_id : one is made unless it is given.
        outputs : a folder whose files become the child's when it ends.

        Raises
        ------
        NameTakenError : there is a run of that id.
        """
        record = self._child_record(name, run_id, outputs)
        return kinds.make(self.experiment, self._records.create(record))

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[str] | None = None
    ) -> list[Run]:
        """Begin several children at once, 100 at most.

        Parameters
        ----------
        count : how many; or
        tag_key, tag_values : a tag, and the value that each of the children gets.

        Raises
        ------
        UserErrorException : too many, or the parameters contradict each other.
        """
        values = _tag_values(count, tag_key, tag_values)
        records = [self._child_record(None, None, None, {} if tag_key is None else {tag_key: v}) for v in values]
        return [kinds.make(self.experiment, record) for record in self._records.create_all(records)]

    def submit_child(self, config: Any, tags: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Submit a configuration as a child of this run and return the child.

        Parameters
        ----------
        config : a ScriptRunConfig, or another configuration that ``Experiment.submit`` takes.
        tags : of the child.
        kwargs : more for the configuration.
        """
        from aml_nb.core.runs.experiment import submit

        return submit(self.experiment, config, tags, {"parent": self, **kwargs})

    def _child_record(
        self, name: str | None, run_id: str | None, outputs: str | None, tags: dict[str, Any] | None = None
    ) -> RunRecord:
        import uuid
        from os.path import abspath

        from aml_nb.core.runs.records import RunRecord, now
        from aml_nb.core.runs.submitting.booking import check_id
        from aml_nb.core.runs.tagging import clean
        from aml_nb.core.user import user

        own = self._look()
        payload = {
            "interactive": True,
            "owner": own.owner,
            "submitted_by": user(),
            "name": name,
            "outputs": outputs and abspath(outputs),
        }
        return RunRecord(
            run_id=check_id(run_id or str(uuid.uuid4())),
            experiment=own.experiment,
            experiment_id=own.experiment_id,
            parent_id=own.run_id,
            root_id=own.root_id,
            status=states.RUNNING,
            started=now(),
            target=own.target,
            display_name=name,
            tags=clean(tags, "tags"),
            payload={key: value for key, value in payload.items() if value is not None},
        )


def _tag_values(count: int | None, tag_key: str | None, tag_values: Sequence[str] | None) -> list[Any]:
    """A value for each child; None where they have no tag."""
    if (tag_key is None) != (tag_values is None):
        raise UserErrorException("tag_key and tag_values go together.", hint="tag_key='fold', tag_values=['1', '2']")
    if tag_values is None:
        if count is None:
            raise UserErrorException("Give count, or tag_key and tag_values.", hint="run.create_children(5)")
        values: list[Any] = [None] * count
    else:
        values = list(tag_values)
        if count is not None and count != len(values):
            raise UserErrorException(
                f"count is {count}, and there are {len(values)} tag_values.", hint="leave count out"
            )
    if not 0 < len(values) <= MOST_CHILDREN:
        raise UserErrorException(
            f"create_children makes 1 to {MOST_CHILDREN} children at once, not {len(values)}.",
            hint="call it repeatedly for more",
        )
    return values
