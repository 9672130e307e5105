"""Versions of registered models as MLflow's entities."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlflow.entities.model_registry import ModelVersion, ModelVersionTag, RegisteredModel, RegisteredModelTag
from mlflow.entities.model_registry.registered_model_alias import RegisteredModelAlias

from aml_nb.core.model.registry import Row
from aml_nb.mlflow import entities
from aml_nb.mlflow.model_files import ModelFiles
from aml_nb.mlflow.uris import MODELS, Place

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

STAGE, ALIAS = "mlflow.stage", "mlflow.alias."
"""The tag that has a version's stage, and the beginning of those that are its aliases."""
NO_STAGE = "None"
SOURCE, MODEL_ID, RUN_LINK, CHANGED = "mlflow_source", "mlflow_model_id", "mlflow_run_link", "mlflow_changed"
"""What of a version is in its payload, for MLflow alone."""


def version(workspace: Workspace, row: Row) -> ModelVersion:
    """One version of a registered model."""
    tags, payload = json.loads(row.tags), json.loads(row.payload)
    facts = {
        "name": row.name,
        "version": str(row.version),
        "creation_timestamp": row.created // 1000,
        "last_updated_timestamp": payload.get(CHANGED) or row.created // 1000,
        "description": payload.get("description") or "",
        "user_id": payload.get("created_by"),
        "current_stage": tags.get(STAGE) or NO_STAGE,
        "source": payload.get(SOURCE) or location(workspace, row),
        "run_id": row.run_id or "",
        "run_link": payload.get(RUN_LINK) or "",
        "tags": [ModelVersionTag(key, value or "") for key, value in tags.items() if not is_own(key)],
        "aliases": aliases(tags),
        "model_id": payload.get(MODEL_ID),
    }
    return ModelVersion(**entities.taken(ModelVersion, facts))


def registered(workspace: Workspace, name: str, rows: list[Row], document: dict[str, Any] | None) -> RegisteredModel:
    """A registered model: its versions, newest first, and what is kept of it besides."""
    document = document or {}
    made = [row.created // 1000 for row in rows]
    known = {alias: str(row.version) for row in rows for alias in aliases(json.loads(row.tags))}
    return RegisteredModel(
        name=name,
        creation_timestamp=document.get("created") or min(made),
        last_updated_timestamp=max([document.get("updated") or 0, *made]),
        description=document.get("description") or "",
        latest_versions=latest(workspace, rows),
        tags=[RegisteredModelTag(key, value) for key, value in document.get("tags", {}).items()],
        aliases=[RegisteredModelAlias(alias, number) for alias, number in known.items()],
    )


def latest(workspace: Workspace, rows: list[Row]) -> list[ModelVersion]:
    """The newest version of each stage."""
    found: dict[str, ModelVersion] = {}
    for row in rows:
        made = version(workspace, row)
        found.setdefault(str(made.current_stage), made)
    return list(found.values())


def location(workspace: Workspace, row: Row) -> str:
    """Where the files of a version are."""
    root = ModelFiles(workspace, row.name, row.version).root
    return str(Place(workspace._folder, MODELS, (row.name, str(row.version)), root))


def aliases(tags: dict[str, Any]) -> list[str]:
    """The aliases that a version's tags make."""
    return [key[len(ALIAS) :] for key in tags if key.startswith(ALIAS)]


def is_own(key: str) -> bool:
    """Whether a tag stands for something that MLflow has a word for."""
    return key == STAGE or key.startswith(ALIAS)
