"""Experiment: the runs that belong together."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.runs.shown import DOCS, link, table
from aml_nb.errors import ExperimentExecutionException, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.experiments import Experiments
    from aml_nb.core.runs.run import Run
    from aml_nb.core.workspace import Workspace


class Experiment:
    """The runs that belong together, in a workspace; made when it is first named.

    Parameters
    ----------
    workspace : the workspace.
    name : 1 to 255 letters, digits, hyphens and underscores, the first a letter or a digit.
    _skip_name_validation, _id, _archived_time, _experiment_dto : of an experiment that is known already.
    _create_in_cloud : make it now; otherwise when its first run begins.

    Raises
    ------
    UserErrorException : the name breaks the rule.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        _skip_name_validation: bool = False,
        _id: str | None = None,
        _archived_time: Any = None,
        _create_in_cloud: bool = True,
        _experiment_dto: Any = None,
        **kwargs: Any,
    ) -> None:
        if not hasattr(workspace, "_folder"):
            raise UserErrorException(
                f"An experiment belongs to a workspace, not to {workspace!r}.", hint="Experiment(ws, 'name')"
            )
        if not _skip_name_validation:
            names.check("experiment", name)
        self._workspace = workspace
        self._name = name
        self._id = _id
        if _id is None and _create_in_cloud:
            self._id = self._experiments.ensure(name)["id"]

    def submit(self, config: Any, tags: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Submit a configuration and return its run, which goes on in the background.

        Parameters
        ----------
        config : a ScriptRunConfig, an estimator, a HyperDriveConfig, an AutoMLConfig, a pipeline…
        tags : of the run.
        kwargs : more for the configuration.

        Raises
        ------
        UserErrorException : this cannot be submitted.
        """
        return submit(self, config, tags, kwargs)

    def start_logging(self, *args: Any, **kwargs: Any) -> Run:
        """Begin an interactive run: this notebook is its script. ``run.complete()`` ends it, or a ``with`` block.

        Parameters
        ----------
        outputs : a folder whose files become the run's when it ends.
        snapshot_directory : the folder that is kept as the run's source, the current one unless told; None for none.
        display_name, name, run_id, tags, properties : of the run.

        Raises
        ------
        SnapshotException : ``snapshot_directory`` was given and is too large.
        """
        from aml_nb.core.runs.interactive import start

        return start(self, *args, **kwargs)

    def archive(self) -> None:
        """Take the experiment out of the listings; its name is free for another."""
        self._take(self._experiments.archive(self.id))

    def reactivate(self, new_name: str | None = None) -> None:
        """Bring an archived experiment back.

        Parameters
        ----------
        new_name : where another has taken its name.

        Raises
        ------
        UserErrorException : the name is taken, or breaks the rule.
        """
        if new_name is not None:
            names.check("experiment", new_name)
        self._take(self._experiments.reactivate(self.id, new_name))

    def tag(self, key: str, value: str | None = None) -> None:
        """Add a tag, or change its value.

        Parameters
        ----------
        key : of the tag.
        value : a text; anything else is kept as its JSON.
        """
        self.set_tags({key: value})

    def set_tags(self, tags: dict[str, Any]) -> None:
        """Add tags, or change their values.

        Parameters
        ----------
        tags : keys and values.
        """
        from aml_nb.core.runs.tagging import clean

        new = clean(tags, "tags")
        self._experiments.change(self.id, lambda payload: payload["tags"].update(new))

    def remove_tags(self, tags: Any) -> None:
        """Remove tags by their keys; one that is not there is passed over.

        Parameters
        ----------
        tags : the keys.
        """
        keys = {tags} if isinstance(tags, str) else set(tags)

        def change(payload: dict[str, Any]) -> None:
            payload["tags"] = {key: value for key, value in payload["tags"].items() if key not in keys}

        self._experiments.change(self.id, change)

    def refresh(self) -> None:
        """Read the experiment again; nothing of it is kept here for long."""
        self._take(self._payload())

    @staticmethod
    def from_directory(path: str, auth: Any = None) -> Experiment:
        """The experiment of a folder: of its nearest ``config.json``, named like the folder.

        Parameters
        ----------
        path : the folder.
        auth : taken and not needed.
        """
        from pathlib import Path

        from aml_nb.core.workspace import Workspace

        folder = Path(path).resolve()
        if not folder.is_dir():
            raise UserErrorException(f"There is no folder {folder}.", hint="give a folder with a config.json")
        return Experiment(Workspace.from_config(str(folder)), folder.name)

    @staticmethod
    def list(
        workspace: Workspace,
        experiment_name: str | None = None,
        view_type: str = "ActiveOnly",
        tags: str | dict[str, Any] | None = None,
    ) -> builtins.list[Experiment]:
        """The experiments of a workspace, oldest first.

        Parameters
        ----------
        workspace : the workspace.
        experiment_name : only those of this name.
        view_type : ``ActiveOnly``, ``ArchivedOnly`` or ``All``.
        tags : a key, or a dictionary of keys and values.

        Raises
        ------
        UserErrorException : there is no such view.
        """
        from aml_nb.core.runs.experiments import Experiments

        found = Experiments(workspace._store).find(experiment_name, view_type, tags)
        return [Experiment._of(workspace, payload) for payload in found]

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Delete an experiment with its runs, their metrics and files.

        Parameters
        ----------
        workspace : the workspace.
        experiment_id : the experiment's id.

        Raises
        ------
        UserErrorException : there is none, or a run of it is still going.
        """
        from aml_nb.core.runs.deletion import delete

        delete(workspace, experiment_id)

    @property
    def workspace(self) -> Workspace:
        """The workspace it is in."""
        return self._workspace

    @property
    def workspace_object(self) -> Workspace:
        """The older name of ``workspace``."""
        return self._workspace

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def id(self) -> str:
        """What it is known by, also when it is archived or renamed."""
        if self._id is None:
            self._id = str(self._experiments.ensure(self._name)["id"])
        return self._id

    @property
    def archived_time(self) -> datetime | None:
        """When it was archived, or None."""
        at = self._payload()["archived"]
        return None if at is None else datetime.fromtimestamp(at / 1000, timezone.utc)

    @property
    def tags(self) -> dict[str, Any]:
        """A copy of the tags."""
        return dict(self._payload()["tags"])

    def get_runs(
        self,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        include_children: bool = False,
    ) -> Iterator[Any]:
        """The runs, newest first, fetched as they are asked for.

        Parameters
        ----------
        type : of the runs.
        tags, properties : a key, or a dictionary of keys and values.
        include_children : runs that have a parent too.
        """
        from aml_nb.core.runs.run import Run

        return Run.list(self, type=type, tags=tags, properties=properties, include_children=include_children)

    @classmethod
    def get_docs_url(cls) -> str:
        """Where v1's documentation of experiments is."""
        return DOCS.format(name="Experiment")

    def get_portal_url(self) -> str:
        """Where the runs are on this machine; there is no portal."""
        return (self._workspace._folder / "runs").absolute().as_uri()

    def __str__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self._workspace.name})"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        return table(
            [
                ("Name", escape(self.name)),
                ("Workspace", escape(self._workspace.name)),
                ("Report Page", link(self.get_portal_url(), "Link to the runs' folder")),
                ("Docs Page", link(self.get_docs_url(), "Link to Documentation")),
            ]
        )

    @classmethod
    def _of(cls, workspace: Workspace, payload: dict[str, Any]) -> Experiment:
        return cls(workspace, payload["name"], _skip_name_validation=True, _id=payload["id"])

    def _take(self, payload: dict[str, Any]) -> None:
        self._name, self._id = payload["name"], payload["id"]

    @property
    def _experiments(self) -> Experiments:
        from aml_nb.core.runs.experiments import Experiments

        return Experiments(self._workspace._store)

    def _payload(self) -> dict[str, Any]:
        return self._experiments.get(self.id)


def submit(experiment: Experiment, config: Any, tags: dict[str, Any] | None, more: dict[str, Any]) -> Any:
    """Hand a configuration its experiment; every class that can be submitted has ``_submit``."""
    from aml_nb.core.runs.tagging import clean

    begin = getattr(config, "_submit", None)
    if not callable(begin) or isinstance(config, type):
        raise ExperimentExecutionException(
            f"A {config.__name__ if isinstance(config, type) else type(config).__name__} cannot be submitted.",
            hint="experiment.submit(ScriptRunConfig(source_directory='.', script='train.py'))",
        )
    return begin(experiment, tags=clean(tags, "tags") or None, **more)
