"""Where things are inside an image, and the labels that tell what is ours; the same on every machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

APP_ROOT = "/var/azureml-app"
"""The user's sources and models, where v1 has them."""
SERVICE = "/var/aml_nb/service"
"""The service's folder: ``service.json``, and what the supervisor keeps beside it."""
SPOOL_PLACE = f"{SERVICE}/told"
SPOOL = f"{SPOOL_PLACE}/spool"
"""What the server keeps for the workspace, until it is fetched."""
OPT = "/opt/aml_nb"
"""Everything of ours that never changes while a container runs."""
ENVIRONMENT = f"{OPT}/environment"
"""The virtual environment that the service runs in; aml_nb is in it."""
PYTHON = f"{ENVIRONMENT}/bin/python"
SITE = f"{OPT}/site"
"""Holds aml_nb itself, apart from the packages: another version of it leaves them as they are."""
HOME = "/home/aml"
UID = 1000
USER = f"{UID}:{UID}"
PORT = 5001
COMMAND = (PYTHON, "-m", "aml_nb.scoring.container", SERVICE)
"""What a container of a service image runs."""
PROBE = (PYTHON, "-I", "-S", f"{SITE}/aml_nb/scoring/healthy.py", str(PORT))
"""Asks the service of this container whether it is well."""

KIND, NAME, ROOT, REVISION = "aml_nb.kind", "aml_nb.service", "aml_nb.root", "aml_nb.revision"
ENVIRONMENT_LABEL = "aml_nb.environment"
"""On a service image: the tag of the environment image that it stands on."""
HOLDS, CALLED, MODELS_LABEL, TREE = "aml_nb.requirements", "aml_nb.name", "aml_nb.models", "aml_nb.tree"
"""On images: what was put in, what the environment is called, the id of the image with the models, which aml_nb."""
SPECIFIED = "aml_nb.specified"
"""On the image of an environment: the digest of the specification that it was made for."""
TOLD = "aml_nb.told"
"""On a service image: the digest of the ``service.json`` in it."""
MODELS_INSIDE = "aml_nb.models-inside"
"""On a service image that holds its models itself, because they are small."""
V1_NAME, V1_MARK = "amlServiceName", "amlIsService"
BASE_KIND, PACKAGES_KIND, ENVIRONMENT_KIND, MODELS_KIND, SERVICE_KIND = (
    "base", "packages", "environment", "models", "service",
)  # fmt: skip


def root_label(root: Path) -> str:
    """What tells the services of one workspace's folder from those of another."""
    return hashlib.sha256(str(root.absolute()).encode()).hexdigest()[:12]
