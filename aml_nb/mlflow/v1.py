"""The functions of ``azureml.mlflow``; a run is v1's or MLflow's."""

from __future__ import annotations

from typing import Any

from mlflow.entities import Run as MlflowRun

from aml_nb.core.runs.run import Run
from aml_nb.core.tracking import SCHEME
from aml_nb.errors import UserErrorException
from aml_nb.mlflow import uris, workspaces

_HINT = "with mlflow.start_run() as run: ..., after mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())"


def get_portal_url(run: Any) -> str:
    """Where the run's files are on this machine; there is no portal.

    Parameters
    ----------
    run : a run of MLflow's, or of ours.
    """
    return str(_own(run).get_portal_url())


def register_model(run: Any, name: str, path: str, tags: dict[str, str] | None = None, **kwargs: Any) -> Any:
    """Register a model that a run has logged, as ``Run.register_model`` does.

    Parameters
    ----------
    run : a run of MLflow's, or of ours.
    name : of the model.
    path : under which the model was logged.
    tags : of the model.
    kwargs : more for ``Run.register_model``, such as ``properties`` and ``description``.

    Raises
    ------
    ModelPathNotFoundException : the run has nothing under that path.
    """
    return _own(run).register_model(name, path, tags=tags, **kwargs)


def _own(run: Any) -> Any:
    if isinstance(run, Run):
        return run
    address = str(run.info.artifact_uri) if isinstance(run, MlflowRun) else ""
    if not address.startswith(f"{SCHEME}:"):
        raise UserErrorException(f"This is no run of a workspace: {run!r}.", hint=_HINT)
    return Run.get(workspaces.workspace(uris.parse(address).folder), run.info.run_id)
