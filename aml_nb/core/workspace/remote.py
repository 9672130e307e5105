"""The parts of v1's Workspace that stand for Azure's own services, or for what is not there yet."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.errors import NotAvailableError


def _missing(what: str, instead: str | None = None) -> NoReturn:
    raise NotAvailableError(f"Workspace.{what} is not available in aml_nb.", hint=instead)


class RemoteParts:
    """Members of Workspace that have nothing behind them on one machine."""

    @property
    def private_endpoints(self) -> dict[str, Any]:
        """No workspace here has a private endpoint."""
        return {}

    @property
    def linked_services(self) -> dict[str, Any]:
        """No workspace here has a linked service."""
        return {}

    @property
    def service_context(self) -> Any:
        """Not available: there are no Azure services behind a workspace."""
        _missing("service_context")

    @property
    def discovery_url(self) -> str:
        """Not available: there are no Azure services to discover."""
        _missing("discovery_url")

    def get_default_compute_target(self, type: str) -> Any:
        """The compute target of v1's default name for ``CPU`` or ``GPU``, or None."""
        from aml_nb.core.workspace import Workspace

        assert isinstance(self, Workspace)
        wanted = {"cpu": self.DEFAULT_CPU_CLUSTER_NAME, "gpu": self.DEFAULT_GPU_CLUSTER_NAME}
        return self.compute_targets.get(wanted.get(str(type).lower(), ""))

    def update_dependencies(self, container_registry: str | None = None, force: bool = False) -> None:
        """Not available: a workspace here has no Azure resources."""
        _missing("update_dependencies()")

    def add_private_endpoint(
        self,
        private_endpoint_config: Any,
        private_endpoint_auto_approval: bool = True,
        location: str | None = None,
        show_output: bool = True,
        tags: dict[str, str] | None = None,
    ) -> Any:
        """Not available: services listen on this machine only."""
        _missing("add_private_endpoint()")

    def delete_private_endpoint_connection(self, private_endpoint_connection_name: str) -> None:
        """Not available: there are no private endpoints."""
        _missing("delete_private_endpoint_connection()")

    def list_keys(self) -> Any:
        """Not available: a workspace here has no Azure resources with keys."""
        _missing("list_keys()", "service.get_keys() gives a web service's keys")

    def sync_keys(self, no_wait: bool = False) -> None:
        """Not available: a workspace here has no Azure resources with keys."""
        _missing("sync_keys()")

    def diagnose_workspace(self, diagnose_parameters: Any) -> Any:
        """Not available: there are no Azure resources to diagnose."""
        _missing("diagnose_workspace()")

    def set_connection(self, name: str, category: str, target: str, authType: str, value: str) -> Any:
        """Not available."""
        _missing("set_connection()", "ws.get_default_keyvault().set_secret(name, value) keeps a secret")

    def list_connections(self, category: str | None = None, target: str | None = None) -> Any:
        """Not available."""
        _missing("list_connections()")

    def get_connection(self, name: str) -> Any:
        """Not available."""
        _missing("get_connection()", "ws.get_default_keyvault().get_secret(name) reads a secret")

    def delete_connection(self, name: str) -> None:
        """Not available."""
        _missing("delete_connection()")
