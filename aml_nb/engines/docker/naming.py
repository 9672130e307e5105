"""What containers, images and networks of services are called and labelled, and where a service is inside one.

A container runs the scoring supervisor over a folder of its own, ``FOLDER``, with the same files as a service that
is processes. What the image brings is the revision it was built for, below ``APP_ROOT`` as v1 has it; revisions that
come later into the running container lie below ``FOLDER/revisions``.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from aml_nb.engines import snapshot
from aml_nb.engines.base import ServiceSpec
from aml_nb.scoring.config import KEYS_FILE, ServerConfig

APP_ROOT = "/var/azureml-app"
FOLDER = "/var/aml-nb"
PORT = 5001
USER = 1000
NETWORK = "azureml-local"
"""v1's network, used where whoever deploys runs in a container itself."""

SERVICE, ROOT, REVISION, KIND = "aml_nb.service", "aml_nb.root", "aml_nb.revision", "aml_nb.kind"
V1_NAME, V1_IS_SERVICE = "amlServiceName", "amlIsService"
ENVIRONMENT, FOLDER_LABEL = "aml_nb.environment", "aml_nb.folder"
"""On a service's image: the digest of its environment's image, and ``FOLDER`` where the supervisor runs in it."""


def root_id(root: Path) -> str:
    """What tells the services below ``root`` from those of other workspaces on the same daemon."""
    return hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]


def labels(spec: ServiceSpec, root: Path) -> dict[str, str]:
    """The labels of everything that belongs to one revision of a service; ``root`` holds the services' folders."""
    return {
        SERVICE: spec.handle,
        ROOT: root_id(root),
        REVISION: str(spec.revision),
        KIND: spec.kind,
        V1_NAME: spec.name,
        V1_IS_SERVICE: "True",
    }


def container_name(spec: ServiceSpec, root: Path) -> str:
    """A name that no other container has."""
    service = spec.handle.replace("@", "-")
    return f"aml-{service}-{root_id(root)[:6]}-{spec.revision}-{secrets.token_hex(3)}"


def server_config(spec: ServiceSpec, root: str = APP_ROOT) -> ServerConfig:
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
        port=PORT,
        worker_count=spec.concurrency,
        replica_workers=spec.concurrency,
        scoring_path=spec.scoring_path,
        auth=spec.auth,
        keys_file=f"{FOLDER}/{KEYS_FILE}",
        scoring_timeout_ms=spec.scoring_timeout_ms,
        max_queue_wait_ms=spec.max_queue_wait_ms,
        app_insights=spec.app_insights,
    )
