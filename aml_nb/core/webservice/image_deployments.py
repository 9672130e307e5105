"""v1's older ways to deploy, which go by images."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.deployment_configuration import WebserviceDeploymentConfiguration
    from aml_nb.core.workspace import Workspace

_MODEL_NAME_LENGTH = 30


class ImageDeployments:
    """Deployments of images, and of what images are made of."""

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        model_paths: list[str],
        image_config: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Register model files, make an image of them, deploy it, and return the service while it starts.

        Parameters
        ----------
        workspace : the workspace.
        name : of the service, and of the image.
        model_paths : files and folders; each is registered under its own name.
        image_config : ``ContainerImage.image_configuration(...)``.
        deployment_config, deployment_target, overwrite : as for ``Model.deploy``.

        Raises
        ------
        WebserviceException
            A bad name, a name that is taken, a path that is not there, or an image that cannot be made.
        """
        from aml_nb.core.model import Model

        target = _before_an_image(workspace, name, image_config, deployment_config, deployment_target, overwrite)
        if isinstance(model_paths, (str, os.PathLike)):
            raise WebserviceException(
                "model_paths must be a list of files and folders.", hint=f"model_paths=[{os.fspath(model_paths)!r}]"
            )
        models = [Model.register(workspace, path, _model_name(path)) for path in model_paths]
        return _by_image(workspace, name, models, image_config, target, overwrite)

    @staticmethod
    def deploy_from_model(
        workspace: Workspace,
        name: str,
        models: list[Any],
        image_config: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Make an image of models, deploy it, and return the service while it starts.

        Parameters
        ----------
        workspace : the workspace.
        name : of the service, and of the image.
        models : registered models.
        image_config : ``ContainerImage.image_configuration(...)``.
        deployment_config, deployment_target, overwrite : as for ``Model.deploy``.

        Raises
        ------
        WebserviceException
            A bad name, a name that is taken, or an image that cannot be made.
        """
        target = _before_an_image(workspace, name, image_config, deployment_config, deployment_target, overwrite)
        return _by_image(workspace, name, models, image_config, target, overwrite)

    @staticmethod
    def deploy_from_image(
        workspace: Workspace,
        name: str,
        image: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Deploy an image and return the service while it starts.

        Parameters
        ----------
        workspace : the workspace.
        name : 3 to 32 lower case letters, digits and dashes.
        image : an image that is made.
        deployment_config, deployment_target, overwrite : as for ``Model.deploy``.

        Raises
        ------
        WebserviceException
            A bad name, a name that is taken, an image that is not made, or a local deployment.
        """
        target = _targeted(workspace, name, deployment_config, deployment_target, overwrite)
        return _deploy(workspace, name, image, target, overwrite)

    @staticmethod
    def deploy_local_from_model(
        workspace: Workspace,
        name: str,
        models: list[Any],
        image_config: Any,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        wait: bool = False,
    ) -> Any:
        """Deploy models locally with an image configuration; ``reload()`` takes the changed script.

        Parameters
        ----------
        workspace : the workspace.
        name : of the service.
        models : registered models, or paths of files and folders.
        image_config : ``ContainerImage.image_configuration(...)``.
        deployment_config : ``LocalWebservice.deploy_configuration(...)``.
        wait : return when it answers.

        Raises
        ------
        WebserviceException
            A bad name, no image configuration, one that asks for a GPU, or ``wait`` and the service does not start.
        """
        from aml_nb.core import names
        from aml_nb.core.webservice import LocalWebservice, content, deploy, services

        names.check("webservice", name)
        check_local(image_config)
        config = deployment_config or LocalWebservice.deploy_configuration()
        if deploy.kind_of(config) != services.LOCAL:
            raise WebserviceException(
                f"Error, {type(config).__name__} is no configuration for a local web service.",
                hint="LocalWebservice.deploy_configuration(port=None)",
            )
        engine = services.new_engine(workspace)
        what = content.gather(models, image_config, True, engine)
        service = deploy.deploy_content(workspace, name, what, config, None, overwrite=True, engine=engine)
        if wait:
            service.wait_for_deployment()
        return service


def check_local(image_config: Any) -> None:
    """Raise where a local web service cannot run what an image configuration describes."""
    from aml_nb.core.image.creating import check_configuration

    check_configuration(image_config)
    if image_config.enable_gpu:
        raise WebserviceException(
            "Error, GPUs are not supported by local web services with an image configuration.",
            hint="leave enable_gpu out",
        )


def image_of(workspace: Workspace, image_id: str | None) -> Any:
    """The image that a service runs; None where it runs none, or its image is gone."""
    if image_id is None:
        return None
    from aml_nb.core.image.image import from_record
    from aml_nb.core.image.listing import find

    try:
        return from_record(workspace, find(workspace, None, image_id, None, None, None))
    except WebserviceException:
        return None


def _targeted(workspace: Workspace, name: str, config: Any, target: Any, overwrite: bool) -> tuple[Any, Any]:
    """The configuration and compute target of a service in the cloud whose name is good and free."""
    from aml_nb.core import names
    from aml_nb.core.webservice import Webservice, deploy, services

    names.check("webservice", name)
    config, target = deploy.choose_target(workspace, config, target)
    if deploy.kind_of(config) == services.LOCAL:
        raise WebserviceException(
            "Error, an image is deployed to ACI or AKS, not to a local web service.",
            hint="Webservice.deploy_local_from_model(ws, name, models, image_config, deployment_config)",
        )
    Webservice.check_for_existing_webservice(workspace, name, overwrite)
    return config, target


def _before_an_image(
    workspace: Workspace, name: str, image_config: Any, config: Any, target: Any, overwrite: bool
) -> tuple[Any, Any]:
    """Refuse what cannot be deployed before an image is made of it."""
    from aml_nb.core.image.creating import check_configuration

    found = _targeted(workspace, name, config, target, overwrite)
    check_configuration(image_config)
    return found


def _by_image(
    workspace: Workspace, name: str, models: list[Any], image_config: Any, target: tuple[Any, Any], overwrite: bool
) -> Any:
    from aml_nb.core.image import Image

    image = Image.create(workspace, name, models, image_config)
    image.wait_for_creation(True)
    return _deploy(workspace, name, image, target, overwrite)


def _deploy(workspace: Workspace, name: str, image: Any, target: tuple[Any, Any], overwrite: bool) -> Any:
    from aml_nb.core.image.deploying import content
    from aml_nb.core.webservice import deploy, services

    engine = services.new_engine(workspace)
    what = content(workspace, image, engine)
    print("Creating service")
    return deploy.deploy_content(workspace, name, what, *target, overwrite, engine)


def _model_name(path: str) -> str:
    return os.path.basename(os.fspath(path).rstrip(os.sep))[:_MODEL_NAME_LENGTH]
