"""What a cluster's description is made of."""

from __future__ import annotations

from typing import Any

from aml_nb.core import certificates

STATUSES = ("Auto", "Enabled", "Disabled")


class SslConfiguration:
    """A cluster's certificate.

    Parameters
    ----------
    status : Auto, Enabled or Disabled.
    cert, key, cname : your own certificate: PEM text, or the paths of PEM files.
    leaf_domain_label : or a certificate for a name that begins with this; it is signed by itself here.
    overwrite_existing_domain : take the name from whoever has it; noted.
    renew : get a new certificate for the same name.
    """

    def __init__(
        self,
        status: str | None = None,
        cert: str | None = None,
        key: str | None = None,
        cname: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
        renew: bool = False,
    ) -> None:
        self.status = status
        self.cert = cert
        self.key = key
        self.cname = cname
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain
        self.renew = renew

    def _complaint(self) -> str | None:
        """What cannot go together; None where all can."""
        own = (self.cert, self.key, self.cname)
        if self.status not in (None, *STATUSES):
            return f"status must be one of {', '.join(STATUSES)}, not {self.status!r}."
        if any(own) and self.leaf_domain_label:
            return "give leaf_domain_label or your own certificate."
        if self.cert and self.key and self.cname:
            return certificates.complaint(self.cert, self.key, self.cname)
        return "cert, key and cname must be given together." if any(own) else None

    def __repr__(self) -> str:
        return f"SslConfiguration(status={self.status!r}, cname={self.cname!r}, leaf={self.leaf_domain_label!r})"

    def serialize(self) -> dict[str, Any]:
        """The certificate's description as a JSON-able dictionary."""
        return {
            "status": self.status,
            "cert": self.cert,
            "key": self.key,
            "cname": self.cname,
            "leafDomainLabel": self.leaf_domain_label,
            "overwriteExistingDomain": self.overwrite_existing_domain,
            "renew": self.renew,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any] | None) -> SslConfiguration | None:
        """What ``serialize`` described; None for None."""
        if not object_dict:
            return None
        return SslConfiguration(
            object_dict.get("status"),
            object_dict.get("cert"),
            object_dict.get("key"),
            object_dict.get("cname"),
            object_dict.get("leafDomainLabel"),
            object_dict.get("overwriteExistingDomain", False),
            object_dict.get("renew", False),
        )


class SystemService:
    """A service that runs on a cluster for the cluster's own sake.

    Parameters
    ----------
    service_type, version, public_ip_address : of the service.
    """

    def __init__(self, service_type: str, version: str, public_ip_address: str) -> None:
        self.service_type = service_type
        self.version = version
        self.public_ip_address = public_ip_address

    def serialize(self) -> dict[str, Any]:
        """The service as a JSON-able dictionary."""
        return {
            "serviceType": self.service_type,
            "version": self.version,
            "publicIpAddress": self.public_ip_address,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any]) -> SystemService:
        """What ``serialize`` described."""
        return SystemService(object_dict["serviceType"], object_dict["version"], object_dict["publicIpAddress"])
