"""A run's ``runDefinition``: its configuration as it was submitted, in v1's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.runs.run_configuration import RunConfiguration


def definition(settings: RunConfiguration, parts: dict[str, Any]) -> dict[str, Any]:
    """The configuration as JSON, its arguments as the script gets them; logins are left out."""
    found = settings._to_json()
    found["arguments"] = parts["arguments"] if parts["shell"] else parts["arguments"][1:]
    found["command"] = " ".join(parts["arguments"]) if parts["shell"] else ""
    found["useAbsolutePath"] = False
    found["environmentVariables"] = parts["variables"]
    found["environment"]["environmentVariables"] = dict(settings.environment.environment_variables)
    found["environment"] = without_password(found["environment"])
    return found


def without_password(environment: dict[str, Any]) -> dict[str, Any]:
    """An environment's JSON as it may be kept: no run needs the login to the registry of its image."""
    docker = environment["docker"]
    login = docker.get("baseImageRegistry")
    if not login or not login.get("password"):
        return environment
    return {**environment, "docker": {**docker, "baseImageRegistry": {**login, "password": None}}}
