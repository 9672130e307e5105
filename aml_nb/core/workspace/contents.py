"""What a workspace holds, by name: each access asks anew."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aml_nb.core.workspace import upkeep
from aml_nb.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aml_nb.core.keyvault import Keyvault
    from aml_nb.core.store import Store
    from aml_nb.core.store.artifacts import ArtifactStore
    from aml_nb.core.workspace import Workspace


class Contents:
    """The collections of Workspace; nothing of them loads before it is asked for."""

    if TYPE_CHECKING:
        _folder: Path
        _id: str
        _facts: dict[str, Any]

    @property
    def _whole(self) -> Workspace:
        return cast("Workspace", self)

    @cached_property
    def _store(self) -> Store:
        from aml_nb.core.store import Store

        url = None
        if self._facts.get("store") == "server":
            url = os.environ.get("AML_NB_STORE")
            if not url:
                raise StoreError(
                    f"The tables of the workspace {self._facts['name']} are on a PostgreSQL server.",
                    hint="export AML_NB_STORE=postgresql+psycopg://user:password@host/database",
                )
        store = Store.open(self._folder, self._id, url)
        if upkeep.due(self._folder):
            upkeep.look_after(self._folder, store, self._artifacts)
        return store

    @cached_property
    def _artifacts(self) -> ArtifactStore:
        from aml_nb.core.store.artifacts import open_store

        return open_store(self._facts.get("artifacts") or self._folder / "artifacts")

    @property
    def models(self) -> dict[str, Any]:
        """The newest version of each model, by name."""
        from aml_nb.core.model import Model

        return {model.name: model for model in Model.list(self._whole, latest=True)}

    @property
    def images(self) -> dict[str, Any]:
        """The newest version of each image, by name."""
        from aml_nb.core.image import Image

        return {image.name: image for image in reversed(Image.list(self._whole))}

    @property
    def webservices(self) -> dict[str, Any]:
        """The web services, by name."""
        from aml_nb.core.webservice import Webservice

        return {service.name: service for service in Webservice.list(self._whole)}

    @property
    def environments(self) -> dict[str, Any]:
        """The newest version of each environment, by name."""
        from aml_nb.core.environment import Environment

        return dict(Environment.list(self._whole))

    @property
    def compute_targets(self) -> dict[str, Any]:
        """The compute targets, by name."""
        from aml_nb.core.compute import ComputeTarget

        return {target.name: target for target in ComputeTarget.list(self._whole)}

    @property
    def experiments(self) -> dict[str, Any]:
        """The experiments in use, by name."""
        from aml_nb.core.runs.experiment import Experiment

        return {experiment.name: experiment for experiment in Experiment.list(self._whole)}

    def get_run(self, run_id: str) -> Any:
        """The run of an id.

        Parameters
        ----------
        run_id : of the run.

        Raises
        ------
        ServiceException : there is no such run.
        """
        from aml_nb.core.runs.run import Run

        return Run.get(self._whole, run_id)

    @property
    def datastores(self) -> dict[str, Any]:
        """The datastores, by name."""
        from aml_nb.core.data.datastore import list_datastores

        return list_datastores(self._whole)

    @property
    def datasets(self) -> Mapping[str, Any]:
        """The registered datasets, by name; each is fetched when it is asked for."""
        from aml_nb.core.data.datasets.registry import RegisteredDatasets

        return RegisteredDatasets(self._whole)

    def get_default_datastore(self) -> Any:
        """The datastore that is used where none is named."""
        from aml_nb.core.data.datastore import Datastore

        return Datastore.get_default(self._whole)

    def set_default_datastore(self, name: str) -> None:
        """Choose the datastore that is used where none is named."""
        from aml_nb.core.data.datastore import Datastore

        Datastore.get(self._whole, name).set_as_default()

    def get_mlflow_tracking_uri(self, _with_auth: bool = False) -> str:
        """The address under which MLflow finds this workspace: ``mlflow.set_tracking_uri`` takes it.

        What MLflow logs there are runs of this workspace, and MLflow sees the runs that were made without it.
        """
        from aml_nb.core.tracking import announce, tracking_uri

        announce()
        return tracking_uri(self._folder)

    def get_default_keyvault(self) -> Keyvault:
        """The workspace's secrets."""
        from aml_nb.core.keyvault import Keyvault

        return Keyvault(self._whole)
