"""v1's older ways to deploy, which go by Docker images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.webservice.deployment_configuration import WebserviceDeploymentConfiguration
    from aml_nb.core.workspace import Workspace


class ImageDeployments:
    """Deployments of images; there are no images yet, and each of these says so."""

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        model_paths: list[str],
        image_config: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> NoReturn:
        """Deploy model files with an image configuration; not there, for there are no images yet."""
        raise _no_images("Webservice.deploy")

    @staticmethod
    def deploy_from_model(
        workspace: Workspace,
        name: str,
        models: list[Any],
        image_config: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> NoReturn:
        """Deploy models with an image configuration; not there, for there are no images yet."""
        raise _no_images("Webservice.deploy_from_model")

    @staticmethod
    def deploy_from_image(
        workspace: Workspace,
        name: str,
        image: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> NoReturn:
        """Deploy an image; not there, for there are no images yet."""
        raise _no_images("Webservice.deploy_from_image")

    @staticmethod
    def deploy_local_from_model(
        workspace: Workspace,
        name: str,
        models: list[Any],
        image_config: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        wait: bool = False,
    ) -> NoReturn:
        """Deploy models locally with an image configuration; not there, for there are no images yet."""
        raise _no_images("Webservice.deploy_local_from_model")


def _no_images(what: str) -> NotAvailableError:
    return NotAvailableError(
        f"{what} builds on Docker images, which are not there yet.",
        hint="Model.deploy(ws, name, models, InferenceConfig(...), deployment_config)",
    )
