"""Changing a local web service: reloading, updating, taking it to the cloud."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import settings
from aml_nb.core.webservice.local_refusals import LocalRefusals
from aml_nb.engines.base import Change
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice import services
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.webservice.deployment_configuration import LocalWebserviceDeploymentConfiguration


class LocalChanges(LocalRefusals):
    """What a local web service lets change."""

    STATE_DELETED: str

    @abstractmethod
    def _fetch(self) -> services.Payload:
        """The service's record as it is now."""

    def reload(self, wait: bool = False) -> None:
        """Take the changed script and source directory into the service, without a new deployment.

        Parameters
        ----------
        wait : return when the new script answers.

        Raises
        ------
        WebserviceException
            The service is deleted, or ``wait`` and the script does not start.
        """
        from aml_nb.core.webservice.update import update

        if self.state == self.STATE_DELETED:
            raise WebserviceException(f"Cannot call reload() when service is {self.state}.")
        update(self, {}, None, Change.SOURCE)
        if wait:
            self.wait_for_deployment()

    def update(
        self,
        models: list[Any] | None = None,
        image_config: Any = None,
        deployment_config: LocalWebserviceDeploymentConfiguration | None = None,
        wait: bool = False,
        inference_config: Any = None,
    ) -> None:
        """Change models, script, environment or port; what is None stays.

        Parameters
        ----------
        models : Model objects or paths.
        image_config : script and environment, as ``ContainerImage.image_configuration`` has them.
        deployment_config : the port.
        wait : return when the new version answers.
        inference_config : script and environment.

        Raises
        ------
        WebserviceException
            Nothing was given, both configurations were, or ``wait`` and the new version does not start.
        """
        from aml_nb.core.webservice import update as updating

        if image_config is not None:
            inference_config = _either(image_config, inference_config)
        updating.require({"m": models, "d": deployment_config, "i": inference_config})
        if models is not None and inference_config is None:
            what: Content | None = updating.with_models(self, models)
        else:
            what = updating.new_content(self, models, inference_config)
        changes = {} if deployment_config is None else settings.local_record(deployment_config)
        updating.update(self, changes, what)
        if wait:
            self.wait_for_deployment()

    def deploy_to_cloud(
        self, name: str | None = None, deployment_config: Any = None, deployment_target: Any = None
    ) -> Any:
        """Deploy the same models and script to ACI or AKS, and return that service.

        Parameters
        ----------
        name : its name; this service's when None.
        deployment_config, deployment_target : as for ``Model.deploy``.

        Raises
        ------
        WebserviceException
            A model is not registered, or the name is taken.
        """
        from aml_nb.core import names
        from aml_nb.core.webservice import content, deploy

        name = names.check("webservice", name or self.name)
        what = content.Content.of_record(self._fetch())
        loose = [model.name for model in what.models if model.source is not None]
        if loose:
            raise WebserviceException(
                f"Error, {', '.join(loose)} is no registered model.", hint="Model.register(...), then service.update"
            )
        config, target = deploy.choose_target(self.workspace, deployment_config, deployment_target)
        return deploy.deploy_content(self.workspace, name, what, config, target, overwrite=False)


def _either(image_config: Any, inference_config: Any) -> Any:
    """The image configuration, which an inference configuration excludes."""
    from aml_nb.core.webservice.image_deployments import check_local

    if inference_config is not None:
        raise WebserviceException(
            "Error, image_config and inference_config exclude each other.",
            hint="service.update(inference_config=inference_config)",
        )
    check_local(image_config)
    return image_config
