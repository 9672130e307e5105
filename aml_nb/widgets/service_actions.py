"""What the buttons of a service's panel do, and why one of them may have to rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services
from aml_nb.display.objects import error_of
from aml_nb.errors import AmlError, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice

_PATIENCE_S = 1800.0
_POLL_S = 0.2
_BUSY = ("transitioning", "deploying", "updating")


def fresh(service: Webservice) -> Webservice:
    """The service as it is now, in an object of its own: what a thread does is to leave the user's alone."""
    from aml_nb.core.webservice.webservice import from_record

    record = services.records(service.workspace).get(service._record["handle"])
    if record is None:
        raise WebserviceException(f"The service {service.name!r} was deleted meanwhile.", hint="%service list")
    return from_record(service.workspace, record)


def reasons(service: Webservice) -> dict[str, str | None]:
    """Why reload, update and keys cannot be had; None where they can."""
    record = service._record
    kind, part = record["computeType"], record.get("endpoint")
    known = kind in (services.LOCAL, services.ACI, services.AKS)
    whole = f"{service.name} is an endpoint: endpoint.update_version(...) changes its versions"
    change = f"{service.name} is a version of {part}: the endpoint changes it" if part else None if known else whole
    keyed = getattr(service, "auth_enabled", False) or getattr(service, "token_auth_enabled", False)
    return {
        "reload": None if kind == services.LOCAL else "only local services read their script again: update it",
        "update": change,
        "keys": None if keyed and kind != services.LOCAL else "it asks callers for no key",
    }


def reload(service: Webservice) -> str:
    """Read the entry script again."""
    own: Any = fresh(service)
    own.reload(wait=False)
    settle(own)
    return f"{own.name} has its script anew."


def update(service: Webservice, models: list[str], script: str, description: str | None, replicas: int | None) -> str:
    """Serve other versions or another script, or change what it is told.

    Parameters
    ----------
    models : ids of all models that it is to serve; empty: as it is.
    script : a path; empty: as it is.
    description, replicas : None: as it is.
    """
    from aml_nb.core.inference import InferenceConfig
    from aml_nb.core.model import Model
    from aml_nb.core.webservice import update as updating

    own: Any = fresh(service)
    told = {"description": description, "num_replicas": replicas}
    values = {name: value for name, value in told.items() if value is not None}
    if replicas is not None:
        values["autoscale_enabled"] = False
    chosen = [Model(own.workspace, id=identity) for identity in models]
    if script:
        config = InferenceConfig(entry_script=script, environment=own.environment)
        own.update(**values, **({"models": chosen} if chosen else {}), inference_config=config)
    else:
        if values:
            own.update(**values)
        if chosen:  # v1 asks for the script along with models; what runs is known here
            updating.update(own, {}, updating.with_models(own, chosen))
    settle(own)
    return f"{own.name} is up to date."


def delete(service: Webservice) -> str:
    """End and remove it."""
    fresh(service).delete()
    return f"{service.name} is deleted."


def secrets(service: Webservice) -> tuple[str, str]:
    """What callers prove themselves by: both keys, or a token and nothing."""
    own: Any = fresh(service)
    if getattr(own, "token_auth_enabled", False):
        token = own.get_token()
        return str(token[0] if isinstance(token, tuple) else token), ""
    primary, secondary = own.get_keys()
    return primary or "", secondary or ""


def settle(service: Webservice) -> None:
    """Wait for a change to come to its end.

    Raises
    ------
    AmlError : the new version does not start; the one before goes on.
    """
    from aml_nb.core.webservice import port_holder

    operation = service._operation
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        record = services.records(service.workspace).get(service._record["handle"])
        if record is None:
            raise WebserviceException(f"The service {service.name!r} was deleted meanwhile.", hint="%service list")
        status = service._refresh(record)
        outcome = "Succeeded"
        if operation is not None:
            outcome = services.outcome_of(status, services.revision_of(record, operation))
        if outcome == "Failed":
            raise _failed(service, record, port_holder.enrich(service.workspace, record, status.error))
        if outcome == "Succeeded" and str(service.state).lower() not in _BUSY:
            return
        time.sleep(_POLL_S)
    raise AmlError(
        f"{service.name} is still {service.state} after {_PATIENCE_S / 60:.0f} min: {error_of(service)}",
        hint=f"%service logs {service.name}",
    )


def _failed(service: Webservice, record: services.Payload, error: Any) -> WebserviceException:
    from aml_nb.core.webservice import failure

    if record["computeType"] == services.LOCAL:
        return failure.local_failed(service.workspace, record, error)
    operation = service._operation
    return failure.deployment_failed(service.workspace, record, operation.id if operation else "", error, service.state)
