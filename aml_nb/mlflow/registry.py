"""MLflow's model registry on a workspace: its registered models are ours, each version a ``Model``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from mlflow.entities.model_registry.model_version_stages import get_canonical_stage
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils, SearchUtils

from aml_nb.core import names
from aml_nb.core.model import Model
from aml_nb.core.model.registry import Registry, Row
from aml_nb.core.model.rows import registry
from aml_nb.core.runs.records import now
from aml_nb.core.workspace import Workspace
from aml_nb.mlflow import registering, versions, workspaces
from aml_nb.mlflow.errors import missing, not_kept, taken, translated, wrong

REGISTERED = "registered-model"
"""The kind of the documents that have what a registered model has besides its versions."""
_PROMPT = "mlflow.prompt.is_prompt"
_MOST = 100_000
Document = dict[str, Any]


@translated
class ModelRegistry(AbstractStore):
    """The registered models of the workspace that an address names.

    Parameters
    ----------
    store_uri : as ``ws.get_mlflow_tracking_uri()`` gives it.
    tracking_uri : of the runs that models are from; the workspace's own are known by their ids.
    """

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        super().__init__(store_uri, tracking_uri)
        self._folder = workspaces.folder(store_uri)

    @property
    def _workspace(self) -> Workspace:
        return workspaces.workspace(self._folder)

    @property
    def _registry(self) -> Registry:
        return registry(self._workspace)

    @property
    def _documents(self) -> Any:
        return self._workspace._store.records(REGISTERED)

    def create_registered_model(
        self, name: str, tags: Any = None, description: str | None = None, deployment_job_id: str | None = None
    ) -> Any:
        """Make a name for versions to come."""
        given = {tag.key: tag.value for tag in tags or []}
        _refuse_prompts(given)
        names.check("model", name)
        with self._workspace._store.write(alone=True):
            if self._documents.get(name) is not None or self._registry.find(name):
                raise taken(f"The registered model {name}")
            at = now()
            made = {"created": at, "updated": at, "description": description, "tags": given}
            self._documents.create(name, made)
        return self.get_registered_model(name)

    def update_registered_model(self, name: str, description: str | None, deployment_job_id: str | None = None) -> Any:
        """Describe a registered model."""
        self._change(name, lambda document: document.update(description=description))
        return self.get_registered_model(name)

    def rename_registered_model(self, name: str, new_name: str) -> NoReturn:
        """Not available: runs, services and images know a model by its name."""
        not_kept(
            "other name for a registered model than its first one",
            f"client.copy_model_version('models:/{name}/1', {new_name!r}) registers a version under another name.",
        )

    def delete_registered_model(self, name: str) -> None:
        """Delete every version of a model; one that a service uses stays."""
        self.get_registered_model(name)
        for row in self._registry.find(name):
            self._model(row).delete()
        self._documents.delete(name)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """Registered models, those that were registered without MLflow too."""
        if _about_prompts(filter_string):
            return PagedList([], None)
        _check_count(max_results)
        documents = dict(self._documents.list())
        grouped: dict[str, list[Row]] = {name: [] for name in documents}
        for row in self._registry.find():
            grouped.setdefault(row.name, []).append(row)
        models = [
            versions.registered(self._workspace, name, rows, documents.get(name)) for name, rows in grouped.items()
        ]
        in_order = SearchModelUtils.sort(SearchModelUtils.filter(models, filter_string), order_by)
        return _page(in_order, page_token, max_results)

    def get_registered_model(self, name: str) -> Any:
        """The registered model of a name."""
        document, rows = self._documents.get(name), self._registry.find(name)
        if document is None and not rows:
            raise missing(f"The registered model {name}")
        return versions.registered(self._workspace, name, rows, document)

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[Any]:
        """The newest version of each stage, or of those stages."""
        self.get_registered_model(name)
        wanted = {get_canonical_stage(stage) for stage in stages or []}
        found = versions.latest(self._workspace, self._registry.find(name))
        return [version for version in found if not wanted or version.current_stage in wanted]

    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        """Add a tag to a registered model, or change its value."""
        self._change(name, lambda document: document["tags"].update({tag.key: tag.value}))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag from a registered model."""
        self._change(name, lambda document: document["tags"].pop(key, None))

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Any = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,
        model_id: str | None = None,
    ) -> Any:
        """Register the files behind an address as the next version."""
        given = {tag.key: tag.value for tag in tags or []}
        _refuse_prompts(given)
        self.get_registered_model(name)
        files = registering.source_of(self._workspace, source, run_id, model_id)
        model = registering.register(self._workspace, name, files, given, description)
        more = {
            versions.SOURCE: source,
            versions.MODEL_ID: files.model_id or model_id,
            versions.RUN_LINK: run_link,
        }
        known = {key: value for key, value in more.items() if value}
        return self._modify(name, model.version, lambda fields: fields["payload"].update(known))

    def update_model_version(self, name: str, version: Any, description: str | None) -> Any:
        """Describe a version."""
        return self._modify(name, version, lambda fields: fields["payload"].update(description=description))

    def transition_model_version_stage(
        self, name: str, version: Any, stage: str, archive_existing_versions: bool
    ) -> Any:
        """Give a version a stage: a tag of its own."""
        wanted = get_canonical_stage(stage)
        if archive_existing_versions and wanted not in ("Production", "Staging"):
            raise wrong(f"Model version transition cannot archive existing model versions for the stage {wanted}.")
        with self._workspace._store.write(alone=True):
            self._row(name, version)
            for row in self._registry.find(name) if archive_existing_versions else []:
                if row.version != int(version) and json.loads(row.tags).get(versions.STAGE) == wanted:
                    self._modify(name, row.version, _staged("Archived"))
            return self._modify(name, version, _staged(wanted))

    def delete_model_version(self, name: str, version: Any) -> None:
        """Delete a version, unless a service or an image uses it."""
        self._model(self._row(name, version)).delete()

    def get_model_version(self, name: str, version: Any) -> Any:
        """One version of a registered model."""
        return versions.version(self._workspace, self._row(name, version))

    def get_model_version_download_uri(self, name: str, version: Any) -> str:
        """Where the files of a version are."""
        return versions.location(self._workspace, self._row(name, version))

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """Versions of any registered models."""
        if _about_prompts(filter_string):
            return PagedList([], None)
        _check_count(max_results)
        found: list[Any] = [versions.version(self._workspace, row) for row in self._registry.find()]
        # Versions are texts to whoever asks, and numbers where they are compared.
        for each in found:
            each._version = int(each._version)
        in_order = SearchModelVersionUtils.sort(
            SearchModelVersionUtils.filter(found, filter_string),
            order_by or ["last_updated_timestamp DESC", "name ASC", "version_number DESC"],
        )
        for each in found:
            each._version = str(each._version)
        return _page(in_order, page_token, max_results)

    def set_model_version_tag(self, name: str, version: Any, tag: Any) -> None:
        """Add a tag to a version, or change its value."""
        _refuse_own(tag.key)
        self._modify(name, version, lambda fields: fields["tags"].update({tag.key: tag.value}))

    def delete_model_version_tag(self, name: str, version: Any, key: str) -> None:
        """Remove a tag from a version."""
        _refuse_own(key)
        self._modify(name, version, lambda fields: fields["tags"].pop(key, None))

    def set_registered_model_alias(self, name: str, alias: str, version: Any) -> None:
        """Give a version an alias, a tag of its own; the version that had it loses it."""
        with self._workspace._store.write(alone=True):
            self._row(name, version)
            self.delete_registered_model_alias(name, alias)
            self._modify(name, version, lambda fields: fields["tags"].update({versions.ALIAS + alias: ""}))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias; nothing happens where there is none."""
        key = versions.ALIAS + alias
        self.get_registered_model(name)
        for row in self._registry.find(name):
            if key in json.loads(row.tags):
                self._modify(name, row.version, lambda fields: fields["tags"].pop(key, None))

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """The version that has an alias."""
        self.get_registered_model(name)
        for row in self._registry.find(name):
            if versions.ALIAS + alias in json.loads(row.tags):
                return versions.version(self._workspace, row)
        raise wrong(f"Registered model alias {alias} not found.")

    def _row(self, name: str, version: Any) -> Row:
        try:
            rows = self._registry.find(name, int(version))
        except (TypeError, ValueError):
            raise wrong(f"A version of a registered model is a number, not {version!r}.") from None
        if not rows:
            raise missing(f"The version {version} of the registered model {name}")
        return rows[0]

    def _model(self, row: Row) -> Model:
        return Model(self._workspace, name=row.name, version=row.version)

    def _modify(self, name: str, version: Any, change: Callable[[Document], Any]) -> Any:
        def changed(fields: Document) -> None:
            change(fields)
            fields["payload"][versions.CHANGED] = now()

        self._row(name, version)
        return versions.version(self._workspace, self._registry.modify(name, int(version), changed))

    def _change(self, name: str, change: Callable[[Document], Any]) -> None:
        """Change what a registered model has besides its versions; one made without MLflow has nothing yet."""
        with self._workspace._store.write(alone=True):
            created = self.get_registered_model(name).creation_timestamp
            empty = {"created": created, "updated": created, "description": None, "tags": {}}
            document = self._documents.get(name) or empty
            change(document)
            self._documents.put(name, {**document, "updated": now()})


def _staged(stage: str) -> Callable[[Document], None]:
    def change(fields: Document) -> None:
        fields["tags"].pop(versions.STAGE, None)
        if stage != versions.NO_STAGE:
            fields["tags"][versions.STAGE] = stage

    return change


def _page(found: list[Any], page_token: str | None, max_results: Any) -> Any:
    start = SearchUtils.parse_start_offset_from_page_token(page_token)
    end = start + max_results
    return PagedList(found[start:end], SearchUtils.create_page_token(end) if end < len(found) else None)


def _check_count(max_results: Any) -> None:
    if not isinstance(max_results, int) or not 1 <= max_results <= _MOST:
        raise wrong(f"max_results must be between 1 and {_MOST}, not {max_results!r}.")


def _refuse_own(key: str) -> None:
    if versions.is_own(key):
        raise wrong(f"The tag {key} stands for a stage or an alias: client.set_registered_model_alias changes it.")


def _refuse_prompts(tags: Document) -> None:
    if _PROMPT in tags:
        not_kept("prompts", "mlflow.set_registry_uri('sqlite:///mlflow.db') keeps them in a file.")


def _about_prompts(filter_string: str | None) -> bool:
    """MLflow looks for prompts among the registered models that have a tag."""
    wanted = (filter_string or "").replace("`", "").replace(" ", "").lower()
    return f"{_PROMPT}='true'" in wanted
