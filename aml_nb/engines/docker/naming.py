"""What a service's containers, images and networks are called and labelled, and what the server in one is told.

A container runs the scoring supervisor over a folder of its own with the same files as a service that is processes.
The revision that the image was built for is below ``APP_ROOT``, as v1 has it; revisions that come later into the
running container are below ``REVISIONS``.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict
from pathlib import Path

from aml_nb.engines import snapshot
from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import inside
from aml_nb.scoring.config import KEYS_FILE, ServerConfig

REVISIONS = f"{inside.SERVICE}/revisions"
MADE = "aml_nb.container"
"""On the containers that an engine made: those that a user runs of a service's image have its other labels too."""
KEYS = "aml_nb.keys"
"""On such a container: the revision that brought its keys, which are in none of the labels."""
NETWORK = "azureml-local"
"""v1's network, used where whoever deploys runs in a container too."""


def labels(spec: ServiceSpec, root: Path) -> dict[str, str]:
    """The labels of everything that belongs to one revision of a service; ``root`` holds the services' folders."""
    return {
        inside.NAME: spec.handle,
        inside.ROOT: inside.root_label(root),
        inside.REVISION: str(spec.revision),
        inside.KIND: inside.SERVICE_KIND,
        inside.V1_NAME: spec.name,
        inside.V1_MARK: "True",
    }


def filters(handle: str, root: Path) -> dict[str, list[str]]:
    """Docker's filter for everything that belongs to one service."""
    return {"label": [f"{inside.NAME}={handle}", f"{inside.ROOT}={inside.root_label(root)}"]}


def container_filters(handle: str, root: Path) -> dict[str, list[str]]:
    """Docker's filter for the containers that an engine made for one service."""
    return {"label": [*filters(handle, root)["label"], MADE]}


def alias(labels: dict[str, str]) -> str:
    """The name of a service in a network of containers, whichever of them carries it now."""
    return f"aml-{labels[inside.NAME].replace('@', '-')}-{labels[inside.ROOT][:6]}"


def container_name(spec: ServiceSpec, root: Path) -> str:
    """A name that no other container has."""
    return f"{alias(labels(spec, root))}-{spec.revision}-{secrets.token_hex(3)}"


def server_config(spec: ServiceSpec, root: str = inside.APP_ROOT) -> ServerConfig:
    """What the server in a container is told: one replica of ``spec`` whose files are below ``root`` there."""
    where = snapshot.layout(spec, Path(root))
    return ServerConfig(
        name=spec.name,
        revision=spec.revision,
        app_root=root,
        entry_script=where.entry_script,
        source_directory=where.source_directory,
        model_dir=where.model_dir,
        environment_variables=dict(spec.environment_variables),
        host="0.0.0.0",
        port=inside.PORT,
        worker_count=spec.concurrency,
        replica_workers=spec.concurrency,
        scoring_path=spec.scoring_path,
        auth=spec.auth,
        keys_file=f"{inside.SERVICE}/{KEYS_FILE}",
        scoring_timeout_ms=spec.scoring_timeout_ms,
        max_queue_wait_ms=spec.max_queue_wait_ms,
        cors_origins=spec.cors_origins,
        app_insights=spec.app_insights,
        insights=f"{inside.SPOOL}/insights",
        model_data=f"{inside.SPOOL}/modeldata",
        collect_model_data=spec.collect_model_data,
        scope=spec.scope,
    )


def digest(config: ServerConfig) -> str:
    """What tells one configuration from another."""
    return hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode()).hexdigest()[:16]
