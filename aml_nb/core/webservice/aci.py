"""AciWebservice: v1's small web service, here under a supervisor of its own."""

from __future__ import annotations

from typing import Any

from aml_nb.core import certificates
from aml_nb.core.webservice import calling, services, tls
from aml_nb.core.webservice.container_resource_requirements import ContainerResourceRequirements
from aml_nb.core.webservice.deployment_configuration import AciServiceDeploymentConfiguration
from aml_nb.core.webservice.parts import EncryptionProperties, VnetConfiguration
from aml_nb.core.webservice.tagging import Tagging, check
from aml_nb.core.webservice.webservice import Webservice

__all__ = [
    "AciServiceDeploymentConfiguration",
    "AciWebservice",
    "ContainerResourceRequirements",
    "EncryptionProperties",
    "VnetConfiguration",
]


class AciWebservice(Tagging, Webservice):
    """A web service as v1 deployed it to Azure Container Instances. Authentication is off unless asked for.

    Parameters
    ----------
    workspace : the workspace it was deployed in.
    name : its name.

    Raises
    ------
    WebserviceException
        There is none of that name.
    """

    _webservice_type = services.ACI

    @staticmethod
    def deploy_configuration(
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
    ) -> AciServiceDeploymentConfiguration:
        """How to deploy to ACI.

        Parameters
        ----------
        cpu_cores, memory_gb : what it asks for; 0.1 cores and 0.5 GB when None.
        tags, properties, description : of the web service.
        location, dns_name_label, vnet_name, subnet_name : noted; the service listens on this machine alone.
        auth_enabled : ask callers for a key; off when None.
        ssl_enabled, ssl_cert_pem_file, ssl_key_pem_file, ssl_cname : speak TLS with this certificate, made for the
            host name ``ssl_cname``.
        enable_app_insights : keep its requests, traces and exceptions in the workspace (``aml_nb.core.monitoring``).
        primary_key, secondary_key : keys to use in place of random ones.
        collect_model_data : keep what the script's ModelDataCollector collects.
        cmk_vault_base_url, cmk_key_name, cmk_key_version : a customer's key; all or none, noted.

        Raises
        ------
        WebserviceException
            Values that cannot go together, each on a line of its own.
        """
        return AciServiceDeploymentConfiguration(**locals())

    def _take_own(self, record: services.Payload) -> None:
        self.enable_app_insights: bool = record["appInsightsEnabled"]
        self.cname = record["cname"]
        self.container_resource_requirements = ContainerResourceRequirements.deserialize(
            record["containerResourceRequirements"]
        )
        self.encryption_properties = EncryptionProperties.deserialize(record["encryptionProperties"])
        self.vnet_configuration = VnetConfiguration.deserialize(record["vnetConfiguration"])
        self.location = record["location"]
        self.public_ip = "127.0.0.1"
        self.public_fqdn = "localhost"
        self.ssl_enabled: bool = record["sslEnabled"]
        self.ssl_certificate = calling.certificate_text(record)
        self.ssl_key = None

    def run(self, input_data: Any) -> Any:
        """Call the service and return what the JSON of its answer says.

        Parameters
        ----------
        input_data : the body: text or bytes, sent as they are.

        Raises
        ------
        WebserviceException
            The answer was not 200; ``source`` has the line of the script where ``run()`` raised.
        """
        return calling.score(self, input_data, self._key)

    def _key(self, fresh: bool) -> str | None:
        if not self.auth_enabled:
            return None
        if fresh or self._credential is None:
            self._credential = self._keys().primary
        return self._credential

    def update(
        self,
        image: Any = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        enable_app_insights: bool | None = None,
        models: list[Any] | None = None,
        inference_config: Any = None,
    ) -> None:
        """Change the service; what is None stays. The old version serves until the new one does.

        Parameters
        ----------
        image : the image to run; excludes ``models`` and ``inference_config``.
        tags : all tags; those that the service has are replaced.
        properties : properties to add.
        description, auth_enabled, enable_app_insights : as in ``deploy_configuration``.
        ssl_enabled, ssl_cert_pem_file, ssl_key_pem_file, ssl_cname : TLS on, off, or with another certificate.
        models : the models to serve; needs ``inference_config``, unless the service has no script of the user's.
        inference_config : the script and environment to run.

        Raises
        ------
        WebserviceException
            Nothing was given, or things that cannot go together.
        """
        from aml_nb.core.webservice import update as updating

        given = updating.require({k: v for k, v in locals().items() if k not in ("self", "updating")})
        changes = common_changes(self._record, given) | tls.changes(self.workspace, self._record, given)
        updating.update(self, changes, updating.new_content(self, models, inference_config, image))
        if "certificate" in changes:
            certificates.forget_unused(self.workspace)

    def serialize(self) -> dict[str, Any]:
        """The service as a JSON-able dictionary."""
        record = self._record
        own = ("containerResourceRequirements", "encryptionProperties", "vnetConfiguration", "location", "cname")
        return {
            **super().serialize(),
            **{key: record[key] for key in own},
            "appInsightsEnabled": self.enable_app_insights,
            "sslEnabled": self.ssl_enabled,
            "sslCertificate": self.ssl_certificate,
            "sslKey": self.ssl_key,
            "publicIp": self.public_ip,
            "publicFqdn": self.public_fqdn,
        }

    def get_token(self) -> Any:
        """Not for ACI: it takes keys.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("ACI web services do not take tokens; use get_keys().")


def common_changes(record: services.Payload, given: dict[str, Any]) -> services.Payload:
    """What ACI and AKS services change alike."""
    from aml_nb.core.webservice.update import merged_properties

    changes: services.Payload = {}
    for what in given.keys() & {"tags", "properties"}:
        check(given[what], what)
    if "tags" in given:
        changes["kvTags"] = dict(given["tags"])
    if "properties" in given:
        changes["properties"] = merged_properties(record, given["properties"])
    names = {"description": "description", "auth_enabled": "authEnabled", "enable_app_insights": "appInsightsEnabled"}
    return changes | {wire: given[name] for name, wire in names.items() if name in given}
