"""Tables and cards of v1's objects: models, services, environments, the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aml_nb.display.base import Card, Table
from aml_nb.display.text import age, pairs


class ModelTable(Table):
    """Registered models; ``models["iris"]`` and ``models[0]`` are Model objects."""

    kind = "models"
    heads = ("NAME", "VERSION", "FRAMEWORK", "TAGS", "AGE", "DESCRIPTION")
    empty = "%register NAME PATH"

    def row(self, item: Any) -> list[str]:
        framework = " ".join(str(v) for v in (item.model_framework, item.model_framework_version) if v)
        return [
            item.name, str(item.version), framework, pairs(item.tags), age(item.created_time), item.description or "",
        ]  # fmt: skip


class ServiceTable(Table):
    """Web services; ``services["iris"]`` is a Webservice."""

    kind = "services"
    heads = ("NAME", "STATE", "TARGET", "SCORING URI", "TAGS")
    state = 1
    empty = "%deploy local NAME --script FILE"

    def row(self, item: Any) -> list[str]:
        return [
            item.name, str(item.state or "Unknown"), target_of(item), str(item.scoring_uri or ""), pairs(tags_of(item)),
        ]  # fmt: skip

    def record(self, item: Any) -> Any:
        return service_data(item)


class EnvironmentTable(Table):
    """Registered environments, the latest version of each."""

    kind = "environments"
    heads = ("NAME", "VERSION", "PYTHON PACKAGES")
    empty = "%%environment NAME --register"

    def row(self, item: Any) -> list[str]:
        return [str(item.name), str(item.version or ""), ", ".join(packages(item))[:80]]

    def record(self, item: Any) -> Any:
        return {"name": item.name, "version": item.version, "packages": packages(item)}


class WorkspaceTable(Table):
    """The workspaces of this home."""

    kind = "workspaces"
    heads = ("NAME", "RESOURCE GROUP", "LOCATION")

    def row(self, item: Any) -> list[str]:
        return [item.name, item.resource_group, str(item.location or "")]

    def record(self, item: Any) -> Any:
        return {"name": item.name, "resource_group": item.resource_group, "location": item.location}


class ServiceCard(Card):
    """One service as it is now; ``service`` is the Webservice."""

    def __init__(self, service: Any, notes: Sequence[str] = ()) -> None:
        self.service = service
        rows = [
            ("target", target_of(service)),
            ("scoring URI", service.scoring_uri),
            ("swagger URI", service.swagger_uri),
            ("image", getattr(service, "image_id", None)),
            ("models", ", ".join(models_of(service))),
            ("authentication", authentication_of(service)),
            ("tags", pairs(tags_of(service))),
            ("error", error_of(service)),
        ]
        super().__init__("service", service.name, rows, service.state or "Unknown", notes, service_data(service))

    @property
    def name(self) -> str:
        """The service's name."""
        return self.title


class ModelCard(Card):
    """One version of a model."""

    def __init__(self, model: Any, notes: Sequence[str] = ()) -> None:
        framework = " ".join(str(v) for v in (model.model_framework, model.model_framework_version) if v)
        rows = [
            ("id", model.id),
            ("framework", framework),
            ("description", model.description),
            ("tags", pairs(model.tags)),
            ("properties", pairs(model.properties)),
            ("registered", f"{age(model.created_time)} ago"),
        ]
        super().__init__("model", f"{model.name} version {model.version}", rows, None, notes, model.serialize())
        self.model = model


class EnvironmentCard(Card):
    """One environment, and whether the running interpreter satisfies it; ``environment`` is the Environment."""

    def __init__(self, environment: Any, verdict: str = "", notes: Sequence[str] = ()) -> None:
        self.environment = environment
        rows = [
            ("version", environment.version or "not registered"),
            ("packages", ", ".join(packages(environment))),
            ("variables", pairs(variables_of(environment))),
            ("here", verdict),
        ]
        data = {"name": environment.name, "version": environment.version, "packages": packages(environment)}
        super().__init__("environment", str(environment.name), rows, None, notes, {**data, "here": verdict})


class WorkspaceCard(Card):
    """A workspace with what is in it; ``workspace`` is the Workspace."""

    def __init__(self, workspace: Any, rows: Sequence[tuple[str, Any]] = (), notes: Sequence[str] = ()) -> None:
        self.workspace = workspace
        where = [("resource group", workspace.resource_group), ("location", workspace.location)]
        super().__init__("workspace", workspace.name, [*where, *rows], None, notes)


def target_of(service: Any) -> str:
    """``Local``, ``ACI`` or ``AKS``."""
    name = type(service).__name__.removesuffix("Webservice")
    return {"Aci": "ACI", "Aks": "AKS"}.get(name, name)


def authentication_of(service: Any) -> str:
    """How callers prove who they are; nothing where the class knows no authentication."""
    if getattr(service, "token_auth_enabled", None):
        return "token"
    enabled = getattr(service, "auth_enabled", None)
    return "" if enabled is None else ("keys" if enabled else "none")


def tags_of(service: Any) -> dict[str, Any]:
    """Its tags; local services have none."""
    return dict(getattr(service, "tags", None) or {})


def models_of(service: Any) -> list[str]:
    """The ids of the models it serves."""
    found = getattr(service, "models", None) or []
    return [str(getattr(model, "id", None) or model) for model in found]


def error_of(service: Any) -> str:
    """The first line of what stopped it."""
    error = getattr(service, "error", None)
    if isinstance(error, dict):
        error = error.get("message") or error
    return str(error).strip().splitlines()[0] if error else ""


def packages(environment: Any) -> list[str]:
    """The conda and pip packages that an environment asks for."""
    dependencies = getattr(environment.python, "conda_dependencies", None)
    if dependencies is None:
        return []
    return [*dependencies.conda_packages, *dependencies.pip_packages]


def variables_of(environment: Any) -> dict[str, str]:
    """Its environment variables, without the example that v1 gives every environment."""
    found = dict(environment.environment_variables or {})
    if found.get("EXAMPLE_ENV_VAR") == "EXAMPLE_VALUE":
        del found["EXAMPLE_ENV_VAR"]
    return found


def service_data(service: Any) -> dict[str, Any]:
    """A service for JSON."""
    return {
        "name": service.name,
        "state": service.state,
        "target": target_of(service),
        "scoring_uri": service.scoring_uri,
        "swagger_uri": service.swagger_uri,
        "models": models_of(service),
        "tags": tags_of(service),
        "error": error_of(service) or None,
    }
