"""How a web service is to be deployed: v1's configuration for local and ACI services, and its checks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from aml_nb.core import certificates
from aml_nb.errors import WebserviceException


class WebserviceDeploymentConfiguration(ABC):
    """Base of the deployment configurations.

    Parameters
    ----------
    type : the class of web service that it is for.
    description, tags, properties : of the web service.
    primary_key, secondary_key : keys to use in place of random ones.
    location : where v1 would deploy to; noted.
    """

    def __init__(
        self,
        type: type[Any],
        description: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        location: str | None = None,
    ) -> None:
        self._webservice_type = type
        self.description = description
        self.tags = tags
        self.properties = properties
        self.primary_key = primary_key
        self.secondary_key = secondary_key
        self.location = location

    @abstractmethod
    def validate_configuration(self) -> None:
        """Raise WebserviceException where the values cannot go together."""

    @abstractmethod
    def print_deploy_configuration(self) -> None:
        """Print what a deployment with this configuration asks for."""

    @classmethod
    def validate_image(cls, image: Any) -> None:
        """Raise WebserviceException unless ``image`` can be deployed."""
        if image is None:
            raise WebserviceException("Image is None", hint="pass the image to deploy")
        if image.creation_state != "Succeeded":
            raise WebserviceException(
                f'Unable to create service with image {image.id} in non "Succeeded" creation state.',
                hint="image.wait_for_creation(show_output=True)",
            )

    def _common_complaints(self) -> list[str]:
        complaints = [
            f"Invalid configuration, {name} must be a dictionary of strings."
            for name in ("tags", "properties")
            if not isinstance(getattr(self, name), (dict, type(None)))
        ]
        for name in ("primary_key", "secondary_key"):
            key = getattr(self, name)
            if key is not None and (not isinstance(key, str) or not key.strip() or not key.isascii()):
                complaints.append(f"Invalid configuration, {name} must be a string of ASCII characters.")
        return complaints

    def __repr__(self) -> str:
        """The values that were given, keys as stars."""
        given = {k: v for k, v in vars(self).items() if v is not None and not k.startswith("_")}
        shown = {k: "***" if k.endswith("_key") else v for k, v in given.items()}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


class LocalWebserviceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """A local web service.

    Parameters
    ----------
    port : the port of its HTTP endpoint on this machine; a free one when None.
    """

    def __init__(self, port: int | None = None) -> None:
        from aml_nb.core.webservice.local import LocalWebservice

        super().__init__(LocalWebservice)
        self.port = port
        self.validate_configuration()

    def validate_configuration(self) -> None:
        good = self.port is None or (type(self.port) is int and 0 < self.port < 65536)
        if not good:
            raise WebserviceException(
                f"Invalid configuration, port must be a whole number from 1 to 65535: {self.port!r} is not.",
                hint="LocalWebservice.deploy_configuration() takes a free port",
            )

    def print_deploy_configuration(self) -> None:
        print(f"Port: {self.port if self.port is not None else 'a free one'}")


class AciServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """A web service on Azure Container Instances; ``AciWebservice.deploy_configuration`` documents it."""

    def __init__(
        self,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        location: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        enable_app_insights: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        dns_name_label: str | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        collect_model_data: bool | None = None,
        cmk_vault_base_url: str | None = None,
        cmk_key_name: str | None = None,
        cmk_key_version: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
    ) -> None:
        from aml_nb.core.webservice.aci import AciWebservice

        super().__init__(AciWebservice, description, tags, properties, primary_key, secondary_key, location)
        self.cpu_cores = cpu_cores
        self.memory_gb = memory_gb
        self.auth_enabled = auth_enabled
        self.ssl_enabled = ssl_enabled
        self.enable_app_insights = enable_app_insights
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.ssl_cname = ssl_cname
        self.dns_name_label = dns_name_label
        self.collect_model_data = collect_model_data
        self.cmk_vault_base_url = cmk_vault_base_url
        self.cmk_key_name = cmk_key_name
        self.cmk_key_version = cmk_key_version
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.validate_configuration()

    def validate_configuration(self) -> None:
        complaints = [
            *positive(self, "cpu_cores", "memory_gb"),
            *self._ssl_complaints(),
            *self._network_complaints(),
            *self._common_complaints(),
        ]
        raise_all(complaints, "AciWebservice.deploy_configuration?")

    def _ssl_complaints(self) -> list[str]:
        if not self.ssl_enabled:
            return []
        if not (self.ssl_cert_pem_file and self.ssl_key_pem_file and self.ssl_cname):
            return [
                "SSL is enabled, you must provide a SSL certificate, key, and cname: "
                "ssl_cert_pem_file, ssl_key_pem_file and ssl_cname."
            ]
        told = certificates.complaint(self.ssl_cert_pem_file, self.ssl_key_pem_file, self.ssl_cname)
        return [] if told is None else [f"Error, {told}"]

    def _network_complaints(self) -> list[str]:
        complaints = []
        encryption = [self.cmk_vault_base_url, self.cmk_key_name, self.cmk_key_version]
        if any(encryption) and not all(encryption):
            complaints.append(
                "Invalid configuration, cmk_vault_base_url, cmk_key_name and cmk_key_version must be given "
                "together or not at all."
            )
        if bool(self.vnet_name) != bool(self.subnet_name):
            complaints.append("Invalid configuration, vnet_name and subnet_name must be given together.")
        return complaints

    def print_deploy_configuration(self) -> None:
        print_requirements(self.cpu_cores, self.memory_gb)


def positive(configuration: object, *names: str) -> list[str]:
    """A complaint for each value that is given and no number above zero."""
    complaints = []
    for name in names:
        value = getattr(configuration, name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (number and value > 0):
            complaints.append(f"Invalid configuration, {name} must be greater than zero: {value!r} is not.")
    return complaints


def raise_all(complaints: list[str], hint: str) -> None:
    """Raise one WebserviceException that has every complaint on a line of its own."""
    if complaints:
        raise WebserviceException("\n".join(complaints), hint=hint)


def print_requirements(cpu: float | None, memory: float | None, *more: str) -> None:
    """Print CPU, memory and whatever else is asked for, as v1 does."""
    asked = [f"CPU requirement: {cpu}"] if cpu is not None else []
    asked += [f"Memory requirement: {memory}GB"] if memory is not None else []
    if asked or more:
        print(", ".join([*asked, *more]))
