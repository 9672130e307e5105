"""Adding and changing an endpoint's versions, and what all of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import endpoints, services, traffic
from aml_nb.core.webservice.aci import common_changes
from aml_nb.core.webservice.aks_configuration import AksServiceDeploymentConfiguration
from aml_nb.core.webservice.aks_update import authentication_changes
from aml_nb.core.webservice.naming import not_found
from aml_nb.core.webservice.output import Operation
from aml_nb.core.webservice.services import Payload
from aml_nb.core.webservice.update import require, update
from aml_nb.core.webservice.webservice import from_record

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_TRAFFIC = ("traffic_percentile", "is_default", "is_control_version_type")
_NOT_OF_A_VERSION = ("version_name", "models", "inference_config", *_TRAFFIC)
_SHARED = ("authEnabled", "aadAuthEnabled", "appInsightsEnabled", "namespace")


def version_configuration(endpoint: Payload, given: dict[str, Any]) -> AksServiceDeploymentConfiguration:
    """How to deploy a further version: as was told, and for what all versions share as the endpoint is.

    Raises
    ------
    WebserviceException
        Values that cannot go together.
    """
    own = {name: value for name, value in given.items() if name not in _NOT_OF_A_VERSION}
    tokens = bool(endpoint["aadAuthEnabled"])
    config = AksServiceDeploymentConfiguration(
        **own,
        auth_enabled=bool(endpoint["authEnabled"]),
        token_auth_enabled=tokens,
        enable_app_insights=bool(endpoint["appInsightsEnabled"]),
        namespace=endpoint["namespace"],
        primary_key=None,
        secondary_key=None,
        compute_target_name=endpoint["computeName"],
    )
    config.traffic_percentile = given.get("traffic_percentile")  # type: ignore[attr-defined]
    return config


def change_version(workspace: Workspace, endpoint: Payload, name: str, given: dict[str, Any]) -> dict[str, Operation]:
    """Change one version and the traffic of all; what to wait for, by handle.

    Raises
    ------
    WebserviceException
        There is no such version, nothing was given, or values cannot go together.
    """
    require(given)
    records = endpoints.versions_of(workspace, endpoint["name"])
    mine = next((record for record in records if record["name"] == name), None)
    if mine is None:
        raise endpoints.no_version(endpoint["name"], name, [record["name"] for record in records])
    shared = {key: given[key] for key in _TRAFFIC if key in given}
    traffic.changed(records, name, shared)
    own = {key: value for key, value in given.items() if key not in _TRAFFIC}
    version = from_record(workspace, mine)
    if own:
        version.update(**own)
    if shared:  # with the endpoint held: two who give traffic at once must not come to more than all of it
        with services.engine_of(workspace, endpoint).exclusive(endpoint["handle"]):
            endpoints.write_traffic(workspace, endpoint, name, shared)
    return {mine["handle"]: version._operation or _as_it_is(workspace, mine)}


def _as_it_is(workspace: Workspace, version: Payload) -> Operation:
    """To wait for a version that gets no new revision: what its log has was told before."""
    told = services.engine_of(workspace, version).folder(version["handle"]).events()
    return Operation(version["spec"]["revision"], len(told))


def changes_of_endpoint(workspace: Workspace, endpoint: Payload, given: dict[str, Any]) -> dict[str, Operation]:
    """Change what all versions share; what to wait for, by handle.

    Raises
    ------
    WebserviceException
        Nothing was given, or values cannot go together.
    """
    require(given)
    changes = common_changes(endpoint, given) | authentication_changes(given)
    with services.engine_of(workspace, endpoint).exclusive(endpoint["handle"]):
        mine = services.records(workspace)
        if mine.get(endpoint["handle"]) is None:
            raise not_found(workspace, endpoint["name"])
        mine.modify(endpoint["handle"], lambda record: {**record, **changes, "updatedTime": services.now()})
        awaited = {}
        for record in endpoints.versions_of(workspace, endpoint["name"]):
            version = from_record(workspace, record)
            shared = {key: value for key, value in changes.items() if key in _SHARED}
            if shared:
                update(version, shared, None)
            awaited[record["handle"]] = version._operation or _as_it_is(workspace, record)
    return awaited
