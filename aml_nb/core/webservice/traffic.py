"""How an endpoint shares its requests out among its versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aml_nb.core.webservice.services import Payload
from aml_nb.errors import WebserviceException

CONTROL, TREATMENT = "Control", "Treatment"
_WHOLE = 100.0
_ENDPOINT_ONLY = ("traffic_percentile", "is_default", "is_control_version_type", "version_type")


def complaint(percentile: Any) -> str | None:
    """What is wrong with a percentage; None where nothing is."""
    number = isinstance(percentile, (int, float)) and not isinstance(percentile, bool)
    if percentile is None or (number and 0 <= percentile <= _WHOLE):
        return None
    return f"Invalid configuration, traffic_percentile must be between 0 and 100: {percentile!r} is not."


def shares(versions: Iterable[Payload]) -> dict[str, float]:
    """The percentage of the requests that each version gets: the default version has what the others leave."""
    told = {record["name"]: float(record.get("trafficPercentile") or 0) for record in versions}
    for record in versions:
        if record.get("isDefault"):
            others = sum(share for name, share in told.items() if name != record["name"])
            told[record["name"]] = max(0.0, _WHOLE - others)
    return told


def routed(wanted: Mapping[str, float], serving: Mapping[str, bool], default: str | None) -> dict[str, float]:
    """The shares while some versions do not serve: the default one stands in for them, else the others do."""
    able = {name: share for name, share in wanted.items() if serving.get(name)}
    if default in able:
        able[str(default)] += _WHOLE - sum(able.values())
    if able and not any(able.values()):
        able = dict.fromkeys(able, _WHOLE)
    return able


def changed(versions: list[Payload], name: str, given: Mapping[str, Any]) -> list[Payload]:
    """The versions as they are when ``name`` gets other traffic, becomes the default, or the control version.

    Raises
    ------
    WebserviceException
        The percentages come to more than 100, or no version would be the default.
    """
    if told := complaint(given.get("traffic_percentile")):
        raise WebserviceException(told, hint="traffic_percentile=10")
    mine = next(record for record in versions if record["name"] == name)
    if given.get("is_default") is False and mine.get("isDefault"):
        raise WebserviceException(
            f"Error, {name} is the default version, and an endpoint has one.",
            hint="endpoint.update_version(another_version, is_default=True)",
        )
    after = [_one(record, record["name"] == name, given) for record in versions]
    total = sum(float(record.get("trafficPercentile") or 0) for record in after)
    if total > _WHOLE:
        each = ", ".join(f"{record['name']} {record.get('trafficPercentile') or 0:g}" for record in after)
        raise WebserviceException(
            f"Invalid configuration, the traffic of all versions comes to {total:g} %, more than 100 ({each}).",
            hint="endpoint.update_version(another_version, traffic_percentile=...) takes some from another",
        )
    return after


def refuse_for_a_service(given: Mapping[str, Any]) -> None:
    """Traffic is of versions of an endpoint; a web service alone has all of it."""
    if told := [name for name in _ENDPOINT_ONLY if name in given]:
        raise WebserviceException(
            f"Error, {', '.join(told)} is for versions of an endpoint, and this web service is none.",
            hint="AksEndpoint.deploy_configuration(version_name=..., traffic_percentile=...)",
        )


def _one(record: Payload, is_it: bool, given: Mapping[str, Any]) -> Payload:
    new = dict(record)
    if is_it and given.get("traffic_percentile") is not None:
        new["trafficPercentile"] = given["traffic_percentile"]
    if given.get("is_default"):
        new["isDefault"] = is_it
    control = given.get("is_control_version_type")
    if control and not is_it:
        new["versionType"] = TREATMENT
    elif is_it and control is not None:
        new["versionType"] = CONTROL if control else TREATMENT
    return new
