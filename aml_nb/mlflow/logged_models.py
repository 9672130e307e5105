"""The logged models of MLflow 3: documents of the workspace, their files also among those of the run they are from."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlflow.entities import Metric
from mlflow.store.entities.paged_list import PagedList

from aml_nb.core.runs.deletion import LOGGED_MODEL
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.metrics import Entry, Journal
from aml_nb.core.runs.records import now
from aml_nb.mlflow import entities, runs
from aml_nb.mlflow.errors import missing, translated, wrong

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records
    from aml_nb.core.workspace import Workspace

Document = dict[str, Any]
_MOST = 100


@translated
class LoggedModels:
    """The part of a tracking store that is about logged models."""

    if TYPE_CHECKING:

        @property
        def _workspace(self) -> Workspace: ...

        def _experiment(self, experiment_id: Any) -> Document: ...

        def _active(self, run_id: str) -> Any: ...

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Any = None,
        params: Any = None,
        model_type: str | None = None,
    ) -> Any:
        """Begin a model, whose files follow."""
        from mlflow.utils.validation import _validate_logged_model_name

        _validate_logged_model_name(name)
        document = self._experiment(experiment_id)
        if document["archived"] is not None:
            raise wrong(f"The experiment {document['name']} must be in the 'active' state; it is deleted.")
        at, model_id = now(), f"m-{uuid.uuid4().hex}"
        made = {
            "model_id": model_id,
            "experiment_id": document["id"],
            "name": name or f"model-{model_id[2:10]}",
            "creation_timestamp": at,
            "last_updated_timestamp": at,
            "model_type": model_type,
            "source_run_id": source_run_id,
            "status": "PENDING",
            "tags": {tag.key: tag.value for tag in tags or []},
            "params": {param.key: param.value for param in params or []},
            "metric_runs": [],
        }
        self._logged.create(model_id, made)
        return self._entity(made)

    def finalize_logged_model(self, model_id: str, status: Any) -> Any:
        """Say that a model's files are there, or that they are not."""
        return self._entity(self._change_model(model_id, lambda model: model.update(status=str(status.value))))

    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> Any:
        """The model of an id."""
        model = self._logged.get(model_id)
        if model is None or (model.get("deleted") and not allow_deleted):
            raise missing(f"The logged model {model_id}")
        return self._entity(model)

    def delete_logged_model(self, model_id: str) -> None:
        """Take a model out of the listings."""
        self._change_model(model_id, lambda model: model.update(deleted=True))

    def set_logged_model_tags(self, model_id: str, tags: Any) -> None:
        """Add tags, or change their values."""
        new = {tag.key: tag.value for tag in tags}
        self._change_model(model_id, lambda model: model["tags"].update(new))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a tag."""

        def change(model: Document) -> None:
            if model["tags"].pop(key, None) is None:
                raise missing(f"The tag {key!r} of the logged model {model_id}")

        self._change_model(model_id, change)

    def log_logged_model_params(self, model_id: str, params: Any) -> None:
        """Add parameters."""
        new = {param.key: str(param.value) for param in params}
        self._change_model(model_id, lambda model: model["params"].update(new))

    def search_logged_models(
        self,
        experiment_ids: list[str],
        filter_string: str | None = None,
        datasets: Any = None,
        max_results: int | None = None,
        order_by: Any = None,
        page_token: str | None = None,
    ) -> Any:
        """The models of experiments, newest first unless told."""
        from mlflow.utils.search_utils import SearchLoggedModelsUtils as Search

        if datasets and not all(each.get("dataset_name") for each in datasets):
            raise wrong("`dataset_name` in the `datasets` clause must be specified.")
        wanted = {self._experiment(identity)["id"] for identity in experiment_ids}
        models = [
            self._entity(model)
            for _, model in self._logged.list()
            if model["experiment_id"] in wanted and not model.get("deleted")
        ]
        in_order = Search.sort(Search.filter_logged_models(models, filter_string, datasets), order_by)
        return PagedList(*Search.paginate(in_order, page_token, max_results or _MOST))

    def log_outputs(self, run_id: str, models: Any) -> None:
        """Keep which models a run has made."""
        self._active(run_id)
        new = [[model.model_id, model.step] for model in models or []]
        runs.keep(self._workspace, run_id, entities.OUTPUTS, lambda kept: [*(kept or []), *new])

    def _log_model_metrics(self, run_id: str, logged: list[Any]) -> None:
        """Keep the metrics that are a model's in a journal of their own, beside the run's."""
        for model_id in dict.fromkeys(metric.model_id for metric in logged):
            self._link(model_id, run_id)
        if logged:
            journal = _journal(self._workspace, run_id)
            journal.extend(
                Entry(
                    each.key,
                    each.model_id,
                    [float(each.value), each.dataset_name, each.dataset_digest],
                    each.step,
                    each.timestamp,
                )
                for each in logged
            )
            journal.close()

    def _link(self, model_id: str, run_id: str) -> None:
        """Note that a run has metrics of a model; that it has is known from then on."""
        model = self._logged.get(model_id)
        if model is None or run_id not in model["metric_runs"]:
            self._change_model(model_id, lambda model: model["metric_runs"].append(run_id))

    @property
    def _logged(self) -> Records:
        return self._workspace._store.records(LOGGED_MODEL)

    def _change_model(self, model_id: str, change: Callable[[Document], Any]) -> Document:
        def changed(model: Document) -> None:
            if model.get("deleted"):
                raise missing(f"The logged model {model_id}")
            change(model)
            model["last_updated_timestamp"] = now()

        try:
            return self._logged.modify(model_id, changed)
        except KeyError:
            raise missing(f"The logged model {model_id}") from None

    def _entity(self, model: Document) -> Any:
        from mlflow.entities import LoggedModel, LoggedModelStatus

        facts = {key: value for key, value in model.items() if key not in ("deleted", "metric_runs", "status")}
        return LoggedModel(
            **facts,
            artifact_location=entities.model_location(self._workspace, model["model_id"]),
            status=LoggedModelStatus(model["status"]),
            metrics=[metric for run_id in model["metric_runs"] for metric in self._metrics(model["model_id"], run_id)],
        )

    def _metrics(self, model_id: str, run_id: str) -> list[Metric]:
        entries, _ = _journal(self._workspace, run_id).read()
        return [
            Metric(entry.name, value, entry.time, entry.step or 0, model_id, name, digest, run_id)
            for entry in entries
            if entry.kind == model_id
            for value, name, digest in [entry.value]
        ]


def _journal(workspace: Workspace, run_id: str) -> Journal:
    return Journal(RunFolder(workspace, run_id).path / "model_metrics.jsonl")
