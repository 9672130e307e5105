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
    login = found["environment"]["docker"].get("baseImageRegistry")
    if login and login.get("password"):
        login["password"] = None
    return found
