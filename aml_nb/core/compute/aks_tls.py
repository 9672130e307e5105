"""The TLS certificate of an AKS cluster, which all its services speak."""

from __future__ import annotations

import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core import certificates
from aml_nb.core.certificates import BadCertificate, Pair
from aml_nb.core.compute.aks_parts import SslConfiguration
from aml_nb.core.scratch import Scratch
from aml_nb.errors import ComputeTargetException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_DAYS, _ISSUE_S = 365, 60
NONE: dict[str, Any] = {"sslConfiguration": None, "certificate": None}


def of_new_cluster(workspace: Workspace, config: Any) -> dict[str, Any]:
    """What the record of a new cluster has of its certificate, which is copied into the workspace.

    Raises
    ------
    ComputeTargetException
        The certificate cannot be used.
    """
    if config.leaf_domain_label:
        asked = SslConfiguration(
            "Auto",
            leaf_domain_label=config.leaf_domain_label,
            overwrite_existing_domain=bool(config.overwrite_existing_domain),
        )
    elif config.ssl_cname:
        asked = SslConfiguration("Enabled", config.ssl_cert_pem_file, config.ssl_key_pem_file, config.ssl_cname)
    else:
        return NONE
    return _described(workspace, asked, config.location)


def of_changed_cluster(workspace: Workspace, own: dict[str, Any], asked: SslConfiguration, location: str) -> Any:
    """The same after ``AksCompute.update``; ``own`` is what the record has so far."""
    before = own["sslConfiguration"] or {}
    if asked.status == "Disabled":
        return NONE
    label = asked.leaf_domain_label or before.get("leafDomainLabel")
    if not asked.cert and label and (asked.leaf_domain_label or asked.renew or asked.status == "Auto"):
        again = SslConfiguration(
            "Auto", leaf_domain_label=label, overwrite_existing_domain=asked.overwrite_existing_domain
        )
        return _described(workspace, again, location)
    if asked.cert:
        return _described(workspace, asked, location)
    raise ComputeTargetException(
        "Invalid configuration, ssl_configuration says neither which certificate to use nor that there is none.",
        hint="SslConfiguration(cert='cert.pem', key='key.pem', cname='www.contoso.com'), or status='Disabled'",
    )


def _described(workspace: Workspace, asked: SslConfiguration, location: str | None) -> dict[str, Any]:
    try:
        pair = _pair(asked, location)
    except BadCertificate as error:
        raise ComputeTargetException(
            f"Invalid configuration, {error}", hint="openssl x509 -text -in cert.pem"
        ) from None
    described = SslConfiguration(
        asked.status or "Enabled",
        cname=pair.cname,
        leaf_domain_label=asked.leaf_domain_label,
        overwrite_existing_domain=asked.overwrite_existing_domain,
    )
    return {
        "sslConfiguration": described.serialize(),
        "certificate": asdict(certificates.keep(workspace, pair)),
    }


def _pair(asked: SslConfiguration, location: str | None) -> Pair:
    if asked.leaf_domain_label:
        return _issued(f"{asked.leaf_domain_label}.{location or 'local'}.cloudapp.azure.com")
    return certificates.read(str(asked.cert), str(asked.key), str(asked.cname))


def _issued(cname: str) -> Pair:
    """A certificate for ``cname``, signed by itself: no authority signs one for a name that is not ours."""
    with Scratch("tls") as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", str(_DAYS)]
        command += ["-subj", "/CN=aml_nb", "-addext", f"subjectAltName=DNS:{cname}"]
        command += ["-keyout", str(key), "-out", str(certificate)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_ISSUE_S)
        except (OSError, subprocess.SubprocessError) as error:
            told = str(getattr(error, "stderr", None) or error).strip().splitlines()[-1:]
            raise ComputeTargetException(
                f"No certificate could be made for {cname} with the command openssl: {' '.join(told)}",
                hint="enable_ssl(ssl_cname=..., ssl_cert_pem_file=..., ssl_key_pem_file=...) takes one of your own",
            ) from None
        return certificates.read(str(certificate), str(key), cname)
