"""A Kubernetes cluster that is attached to run scripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration
from aml_nb.core.compute.refusals import nothing_to_attach


class KubernetesComputeStatus:
    """How an attached cluster is."""

    def __init__(self, creation_time: datetime, modified_time: datetime, provisioning_state: str) -> None:
        self.creation_time = creation_time
        self.modified_time = modified_time
        self.provisioning_state = provisioning_state

    def serialize(self) -> dict[str, Any]:
        """The status as a JSON-able dictionary."""
        return {
            "creationTime": self.creation_time.isoformat(),
            "modifiedTime": self.modified_time.isoformat(),
            "provisioningState": self.provisioning_state,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any]) -> KubernetesComputeStatus:
        """What ``serialize`` described."""
        return KubernetesComputeStatus(
            datetime.fromisoformat(object_dict["creationTime"]),
            datetime.fromisoformat(object_dict["modifiedTime"]),
            object_dict["provisioningState"],
        )


class KubernetesComputeAttachConfiguration(ElsewhereConfiguration):
    """Which cluster.

    Parameters
    ----------
    resource_id, namespace, identity_type, identity_ids : which one, and as whom v1 would reach it.
    """

    def __init__(
        self,
        resource_id: str | None = None,
        namespace: str | None = None,
        identity_type: str | None = None,
        identity_ids: Any = None,
    ) -> None:
        super().__init__(KubernetesCompute)
        self.resource_id = resource_id
        self.namespace = namespace
        self.identity_type = identity_type
        self.identity_ids = identity_ids
        self.validate_configuration()

    def to_dict(self) -> dict[str, Any]:
        """The configuration as a dictionary."""
        names = ("resource_id", "namespace", "identity_type", "identity_ids")
        return {name: getattr(self, name) for name in names}

    def _complaint(self) -> str | None:
        return None if self.resource_id else "resource_id must be given."


class KubernetesCompute(Elsewhere):
    """An attached Kubernetes cluster: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Kubernetes"

    @staticmethod
    def attach_configuration(
        resource_id: str | None = None,
        namespace: str | None = None,
        identity_type: str | None = None,
        identity_ids: Any = None,
    ) -> NoReturn:
        """Say which one to attach; refused.

        Raises
        ------
        ComputeTargetException
            It does not say which.
        NotAvailableError
            It does: nothing here reaches Azure.
        """
        KubernetesComputeAttachConfiguration(**locals())
        raise nothing_to_attach("KubernetesCompute")

    def get(self) -> NoReturn:
        """The cluster as the service tells it; there is none."""
        raise nothing_to_attach("KubernetesCompute")
