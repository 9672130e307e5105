"""MLflow's tracking store on a workspace: its experiments are ours, its runs too."""

from __future__ import annotations

import logging
from typing import Any

from mlflow.entities import ViewType
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_MAX_RESULTS_DEFAULT, SEARCH_MAX_RESULTS_THRESHOLD
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow.utils import validation
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils

from aml_nb.core import names
from aml_nb.core.runs import watch
from aml_nb.core.runs.experiments import Experiments
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace
from aml_nb.mlflow import entities, runs, workspaces
from aml_nb.mlflow.errors import missing, taken, translated, wrong
from aml_nb.mlflow.logged_models import LoggedModels
from aml_nb.mlflow.refusals import Refusals, refuse_the_rest

DEFAULT_ID, DEFAULT_NAME = "0", "Default"
"""MLflow's experiment for whoever names none."""
_log = logging.getLogger(__name__)


@translated
class TrackingStore(LoggedModels, Refusals, AbstractStore):
    """Experiments and runs of the workspace that an address names.

    Parameters
    ----------
    store_uri : as ``ws.get_mlflow_tracking_uri()`` gives it.
    """

    def __init__(self, store_uri: str) -> None:
        super().__init__()
        self._folder = workspaces.folder(store_uri)
        self._journals = runs.Journals(self._folder)

    @property
    def _workspace(self) -> Workspace:
        return workspaces.workspace(self._folder)

    @property
    def _experiments(self) -> Experiments:
        return Experiments(self._workspace._store)

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """Experiments in use, archived ones or both."""
        _check_count(max_results)
        documents = [] if view_type == ViewType.DELETED_ONLY else self._experiments.all()
        documents += [] if view_type == ViewType.ACTIVE_ONLY else self._experiments.all(archived=True)
        found = SearchExperimentsUtils.filter(
            [entities.experiment(self._workspace, each) for each in documents], filter_string
        )
        in_order = SearchExperimentsUtils.sort(found, order_by or ["creation_time DESC", "experiment_id ASC"])
        return PagedList(*SearchUtils.paginate(in_order, page_token, max_results))

    def create_experiment(self, name: str, artifact_location: str | None = None, tags: Any = None) -> str:
        """Make an experiment; its files are kept with the workspace, wherever they are wanted."""
        names.check("experiment", name)
        if artifact_location:
            _log.warning(
                "The files of the experiment %s are kept with the workspace, not at %s", name, artifact_location
            )
        with self._workspace._store.write(alone=True):
            if self._experiments.active(name) is not None:
                raise taken(f"Experiment {name!r}")
            identity = str(self._experiments.ensure(name)["id"])
            for tag in tags or []:
                self.set_experiment_tag(identity, tag)
        return identity

    def get_experiment(self, experiment_id: str) -> Any:
        """The experiment of an id; MLflow's ``0`` is the one that it calls Default."""
        return entities.experiment(self._workspace, self._experiment(experiment_id))

    def get_experiment_by_name(self, experiment_name: str) -> Any:
        """The experiment in use of that name, or None; an archived one has left its name to another."""
        document = self._experiments.active(experiment_name)
        return None if document is None else entities.experiment(self._workspace, document)

    def delete_experiment(self, experiment_id: str) -> None:
        """Archive an experiment."""
        self._experiments.archive(self._experiment(experiment_id)["id"])

    def restore_experiment(self, experiment_id: str) -> None:
        """Bring an archived experiment back."""
        self._experiments.reactivate(self._experiment(experiment_id)["id"])

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Name an experiment differently."""
        names.check("experiment", new_name)
        document = self._experiment(experiment_id)
        if document["archived"] is not None:
            raise wrong(f"The experiment {document['name']} is deleted and cannot be renamed.")
        self._experiments.reactivate(document["id"], new_name)

    def set_experiment_tag(self, experiment_id: str, tag: Any) -> None:
        """Add a tag to an experiment, or change its value."""
        identity = self._experiment(experiment_id)["id"]
        self._experiments.change(identity, lambda document: document["tags"].update({tag.key: tag.value}))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag from an experiment."""
        identity = self._experiment(experiment_id)["id"]
        self._experiments.change(identity, lambda document: document["tags"].pop(key, None))

    def create_run(self, experiment_id: str, user_id: str, start_time: int, tags: Any, run_name: str) -> Any:
        """Begin a run of this process's."""
        document = self._experiment(experiment_id)
        if document["archived"] is not None:
            raise wrong(f"The experiment {document['name']} must be in the 'active' state; it is deleted.")
        given = {tag.key: tag.value for tag in tags or []}
        name = run_name or given.get(entities.NAME) or _random_name()
        record = runs.implied(self._workspace, document) or runs.create(
            self._workspace, document, user_id, start_time, given, name
        )
        return entities.run(self._workspace, record)

    def get_run(self, run_id: str) -> Any:
        """A run with what was logged to it."""
        return entities.run(self._workspace, runs.found(self._workspace, run_id))

    def update_run_info(self, run_id: str, run_status: int | None, end_time: int | None, run_name: str | None) -> Any:
        """Move a run to another status, or name it."""
        self._active(run_id)
        record = runs.update(self._workspace, run_id, run_status, end_time, run_name)
        if record.over:
            self._journals.forget(run_id)
        return entities.info(self._workspace, record)

    def delete_run(self, run_id: str) -> None:
        """Take a run out of the listings; it can be restored."""
        runs.delete(self._workspace, run_id, deleted=True)
        self._journals.forget(run_id)

    def restore_run(self, run_id: str) -> None:
        """Bring a deleted run back."""
        runs.delete(self._workspace, run_id, deleted=False)

    def log_batch(self, run_id: str, metrics: Any, params: Any, tags: Any) -> None:
        """Log metrics to the run's journal; parameters become properties, tags are tags."""
        metrics, params, tags = _checked(run_id, list(metrics), list(params), list(tags))
        if not self._journals.knows(run_id):
            self._active(run_id)
        if params or tags:
            runs.note(self._workspace, run_id, params, tags)
        self._journals.write(run_id, metrics)
        self._log_model_metrics(run_id, [each for each in metrics if runs.model_of(each)])

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag."""
        self._active(run_id)
        runs.drop_tag(self._workspace, run_id, key)

    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: int | None = None, page_token: str | None = None
    ) -> Any:
        """Every value of a metric, in the order in which they were logged."""
        if page_token is not None:
            raise wrong("The history of a metric is given whole: there is no next page.")
        runs.found(self._workspace, run_id)
        return PagedList(entities.logged(self._workspace, run_id).history.get(metric_key, []), None)

    def log_inputs(self, run_id: str, datasets: Any = None, models: Any = None) -> None:
        """Keep which datasets and models a run had, as MLflow tells it."""
        self._active(run_id)
        new = [entities.dataset_document(each) for each in datasets or []]

        def merged(kept: Any) -> Any:
            have = (kept or {}).get("datasets", [])
            known = {(each["name"], each["digest"]) for each in have}
            ids = (kept or {}).get("models", [])
            return {
                "datasets": [*have, *(each for each in new if (each["name"], each["digest"]) not in known)],
                "models": [*ids, *(each.model_id for each in models or [] if each.model_id not in ids)],
            }

        runs.keep(self._workspace, run_id, entities.INPUTS, merged)

    def record_logged_model(self, run_id: str, mlflow_model: Any) -> None:
        """Keep that a model was logged, in the tag in which MLflow 2 looks for it."""
        from json import dumps, loads

        from mlflow.entities import RunTag
        from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_MODELS

        history = loads(runs.found(self._workspace, run_id).tags.get(MLFLOW_LOGGED_MODELS) or "[]")
        described = getattr(mlflow_model, "get_tags_dict", mlflow_model.to_dict)()
        self.log_batch(run_id, [], [], [RunTag(MLFLOW_LOGGED_MODELS, dumps([*history, described]))])

    def _search_runs(
        self,
        experiment_ids: list[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int,
        order_by: list[str] | None,
        page_token: str | None,
    ) -> Any:
        _check_count(max_results, least=0)
        workspace = self._workspace
        found = [
            entities.run(workspace, watch.settle(workspace, record))
            for record in self._records(experiment_ids)
            if run_view_type == ViewType.ALL
            or bool(record.payload.get("deleted")) == (run_view_type == ViewType.DELETED_ONLY)
        ]
        in_order = SearchUtils.sort(SearchUtils.filter(found, filter_string), order_by)
        return SearchUtils.paginate(in_order, page_token, max_results)

    def _records(self, experiment_ids: list[str]) -> list[RunRecord]:
        records = RunRecords(self._workspace._store)
        known = [self._experiments.active(DEFAULT_NAME) if i == DEFAULT_ID else {"id": i} for i in experiment_ids]
        return [record for one in known if one for record in records.find(experiment_id=one["id"])]

    def _experiment(self, experiment_id: Any) -> dict[str, Any]:
        if str(experiment_id) == DEFAULT_ID:
            return self._experiments.ensure(DEFAULT_NAME)
        document = self._experiments.by_id(str(experiment_id))
        if document is None:
            raise missing(f"The experiment of the id {experiment_id}")
        return document

    def _active(self, run_id: str) -> RunRecord:
        record = runs.found(self._workspace, run_id)
        runs.check_active(record)
        return record


def _checked(run_id: str, *logged: list[Any]) -> tuple[list[Any], ...]:
    validation._validate_run_id(run_id)
    validation._validate_param_keys_unique(logged[1])
    # Newer releases return what they cut to length.
    given = validation._validate_batch_log_data(*logged) or logged
    validation._validate_batch_log_limits(*given)
    return tuple(given)


def _check_count(max_results: Any, least: int = 1) -> None:
    if not isinstance(max_results, int) or not least <= max_results <= SEARCH_MAX_RESULTS_THRESHOLD:
        raise wrong(
            f"Invalid value {max_results} for parameter 'max_results' supplied. It must be at least {least} and at "
            f"most {SEARCH_MAX_RESULTS_THRESHOLD}."
        )


def _random_name() -> str:
    from mlflow.utils.name_utils import _generate_random_name

    return str(_generate_random_name())


refuse_the_rest(TrackingStore)
