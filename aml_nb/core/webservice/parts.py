"""The small parts that a web service's description is made of, with v1's serialised forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from aml_nb.errors import WebserviceException

_T = TypeVar("_T", bound="Part")


class Part:
    """Plain values under the names that v1's service used for them."""

    _wire: dict[str, str] = {}

    def serialize(self) -> dict[str, Any]:
        """The values as a JSON-able dictionary."""
        return {wire: getattr(self, name) for name, wire in self._wire.items()}

    @classmethod
    def _values(cls, payload: dict[str, Any] | None) -> dict[str, Any] | None:
        if payload is None:
            return None
        missing = [wire for wire in cls._wire.values() if wire not in payload and wire not in cls._optional()]
        if missing:
            raise WebserviceException(
                f"Invalid payload, {cls.__name__} needs {', '.join(missing)}.", hint="serialize() gives a whole one"
            )
        return {name: payload.get(wire) for name, wire in cls._wire.items()}

    @classmethod
    def _optional(cls) -> frozenset[str]:
        return frozenset()

    @classmethod
    def deserialize(cls: type[_T], payload_obj: dict[str, Any] | None) -> _T | None:
        """The object that ``serialize`` described; None for None."""
        values = cls._values(payload_obj)
        return None if values is None else cls(**values)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._wire)
        return f"{type(self).__name__}({values})"


class AutoScaler(Part):
    """How replicas of an AKS web service are added and taken away."""

    _wire = {
        "autoscale_enabled": "autoscaleEnabled",
        "max_replicas": "maxReplicas",
        "min_replicas": "minReplicas",
        "refresh_period_seconds": "refreshPeriodInSeconds",
        "target_utilization": "targetUtilization",
    }

    def __init__(
        self,
        autoscale_enabled: bool | None,
        max_replicas: int | None,
        min_replicas: int | None,
        refresh_period_seconds: int | None,
        target_utilization: int | None,
    ) -> None:
        self.autoscale_enabled = autoscale_enabled
        self.max_replicas = max_replicas
        self.min_replicas = min_replicas
        self.refresh_period_seconds = refresh_period_seconds
        self.target_utilization = target_utilization


class LivenessProbeRequirements(Part):
    """When a replica counts as dead."""

    _wire = {
        "period_seconds": "periodSeconds",
        "initial_delay_seconds": "initialDelaySeconds",
        "timeout_seconds": "timeoutSeconds",
        "success_threshold": "successThreshold",
        "failure_threshold": "failureThreshold",
    }

    def __init__(
        self,
        period_seconds: int | None,
        initial_delay_seconds: int | None,
        timeout_seconds: int | None,
        success_threshold: int | None,
        failure_threshold: int | None,
    ) -> None:
        self.period_seconds = period_seconds
        self.timeout_seconds = timeout_seconds
        self.initial_delay_seconds = initial_delay_seconds
        self.failure_threshold = failure_threshold
        self.success_threshold = success_threshold


class DataCollection(Part):
    """Whether inputs and predictions are collected."""

    _wire = {"event_hub_enabled": "eventHubEnabled", "storage_enabled": "storageEnabled"}

    def __init__(self, event_hub_enabled: bool | None, storage_enabled: bool | None) -> None:
        self.event_hub_enabled = event_hub_enabled
        self.storage_enabled = storage_enabled


class EncryptionProperties(Part):
    """The customer's key of an ACI web service."""

    _wire = {
        "cmk_vault_base_url": "vaultBaseUrl",
        "cmk_key_name": "keyName",
        "cmk_key_version": "keyVersion",
    }

    def __init__(self, cmk_vault_base_url: str, cmk_key_name: str, cmk_key_version: str) -> None:
        self.cmk_vault_base_url = cmk_vault_base_url
        self.cmk_key_name = cmk_key_name
        self.cmk_key_version = cmk_key_version


class VnetConfiguration(Part):
    """The virtual network of an ACI web service."""

    _wire = {"vnet_name": "vnetName", "subnet_name": "subnetName"}

    def __init__(self, vnet_name: str, subnet_name: str) -> None:
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name


class WebServiceAccessToken(Part):
    """A token that opens a web service for a while; its text is not shown by ``repr``.

    Its times are this machine's, without a time zone.
    """

    _wire = {
        "access_token": "accessToken",
        "token_type": "tokenType",
        "refresh_after": "refreshAfter",
        "expiry_on": "expiryOn",
    }

    def __init__(self, access_token: str, token_type: str, refresh_after: datetime, expiry_on: datetime) -> None:
        self.access_token = access_token
        self.refresh_after = refresh_after
        self.expiry_on = expiry_on
        self.token_type = token_type

    def serialize(self) -> dict[str, Any]:
        """The token; times are seconds since 1970, as v1's service sends them."""
        values = super().serialize()
        for key in ("refreshAfter", "expiryOn"):
            values[key] = int(values[key].timestamp())
        return values

    @classmethod
    def _values(cls, payload: dict[str, Any] | None) -> dict[str, Any] | None:
        values = super()._values(payload)
        for key in ("refresh_after", "expiry_on") if values else ():
            assert values is not None
            values[key] = datetime.fromtimestamp(values[key])
        return values

    def __repr__(self) -> str:
        return f"{type(self).__name__}(token_type={self.token_type!r}, expiry_on={self.expiry_on!r})"


class AksServiceAccessToken(WebServiceAccessToken):
    """A token for an AKS web service."""
