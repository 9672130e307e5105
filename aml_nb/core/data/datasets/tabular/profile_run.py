"""Profiles that are computed by a run of their own, and found again."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition
from aml_nb.core.data.datasets.tabular.dataset_profile import DatasetProfile
from aml_nb.core.data.datasets.tabular.profile import DataProfile, profile
from aml_nb.core.data.datasets.tabular.running import run as run_query
from aml_nb.core.runs.run import Run
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
    from aml_nb.core.workspace import Workspace

RUN_TYPE = "azureml.datasetprofile"
_KIND = "dataset profile"
_MARK = "azureml.datasetdefinition"


class DatasetProfileRun(Run):
    """A run that computes the profile of a dataset.

    Parameters
    ----------
    workspace, dataset : what the profile is of, and where.
    run : the run.
    """

    def __init__(self, workspace: Workspace, dataset: TabularDataset, run: Run) -> None:
        super().__init__(run.experiment, run.id)
        self.workspace = workspace
        self.dataset = dataset
        self.run = run

    def get_profile(self) -> DatasetProfile:
        """The profile.

        Raises
        ------
        UserErrorException : the run has not computed it, or not yet.
        """
        kept = self.workspace._store.records(_KIND).get(self.id)
        if kept is None:
            raise UserErrorException(
                f"The profile run {self.id} is {self.get_status()} and has no profile.",
                hint="run.wait_for_completion(show_output=True)",
            )
        return _restored(self.workspace, self.dataset, self.run, kept)


class DatasetProfileRunConfig:
    """What ``experiment.submit`` needs for a profile.

    Parameters
    ----------
    dataset : the tabular dataset.
    compute_target : ``local`` or a cluster, or its name.
    datastore_name : taken for v1's sake: the files are read where they are.

    Raises
    ------
    UserErrorException : it is no tabular dataset.
    """

    def __init__(
        self, dataset: TabularDataset, compute_target: Any = "local", datastore_name: str | None = None
    ) -> None:
        if getattr(dataset, "_kind", None) != "tabular":
            raise UserErrorException(
                f"Only a tabular dataset has a profile, not {dataset!r}.", hint="Dataset.Tabular.from_delimited_files"
            )
        self._dataset = dataset
        self._compute_target = getattr(compute_target, "name", compute_target)
        self._datastore_name = datastore_name

    def _submit(self, experiment: Any, tags: dict[str, str] | None = None, **kwargs: Any) -> DatasetProfileRun:
        from aml_nb.core.data.datasets import registry
        from aml_nb.core.runs.submitting import submit_driver

        dataset, workspace = self._dataset, experiment.workspace
        payload = {"definition": dataset._definition.to_dict(), "dataset": registry.save(dataset, workspace)}
        run = submit_driver(
            experiment,
            __name__,
            payload,
            run_type=RUN_TYPE,
            target=str(self._compute_target or "local"),
            tags=tags,
            properties={_MARK: _mark(dataset)},
        )
        return DatasetProfileRun(workspace, dataset, run)


def drive(run: Run, payload: Mapping[str, Any], cancelled: threading.Event) -> None:
    """Compute the profile in a run's process."""
    workspace = run.experiment.workspace
    definition = Definition.from_dict(payload["definition"])
    found = run_query(workspace, definition, profile)
    if not cancelled.is_set():
        now = datetime.now(timezone.utc).isoformat()
        kept = {"profile": found.to_dict(), "dataset": payload["dataset"], "made": now}
        workspace._store.records(_KIND).put(run.id, kept)
        print(f"{found.row_count} rows, {len(found.columns)} columns")


def profile_runs(dataset: TabularDataset, workspace: Workspace | None = None) -> Iterator[DatasetProfileRun]:
    """The runs that computed the profile of a dataset, the newest first.

    Raises
    ------
    UserErrorException : there is no workspace to look in.
    """
    place = workspace or dataset._workspace
    if place is None:
        raise UserErrorException("This dataset belongs to no workspace.", hint="dataset.get_profile_runs(ws)")
    return _runs(dataset, place)


def _runs(dataset: TabularDataset, workspace: Workspace) -> Iterator[DatasetProfileRun]:
    from aml_nb.core.runs.records import RunRecords

    for record in RunRecords(workspace._store).find(run_type=RUN_TYPE, properties={_MARK: _mark(dataset)}):
        yield DatasetProfileRun(workspace, dataset, Run.get(workspace, record.run_id))


def latest_profile(dataset: TabularDataset, workspace: Workspace | None = None) -> DatasetProfile:
    """The profile of the newest run that has one; without any, one that is computed now."""
    place = workspace or dataset._workspace
    if place is not None:
        for each in _runs(dataset, place):
            kept = place._store.records(_KIND).get(each.id)
            if kept is not None:
                return _restored(place, dataset, each.run, kept)
    found = DatasetProfile(dataset.id, None, None, place, run_query(dataset._workspace, dataset._definition, profile))
    found._dataset = dataset
    return found


def _restored(workspace: Workspace, dataset: TabularDataset, run: Run, kept: Mapping[str, Any]) -> DatasetProfile:
    figures = DataProfile.from_dict(kept["profile"])
    found = DatasetProfile(kept["dataset"], run.id, run.experiment.name, workspace, figures)
    found._made, found._dataset = datetime.fromisoformat(kept["made"]), dataset
    return found


def _mark(dataset: TabularDataset) -> str:
    return hashlib.sha256(dataset._definition.to_json().encode()).hexdigest()[:32]
