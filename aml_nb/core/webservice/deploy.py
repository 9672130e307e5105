"""``Model.deploy``: from models, script and configuration to a service that starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.image.specification import naming_line
from aml_nb.core.store.errors import readable_files
from aml_nb.core.user import user
from aml_nb.core.webservice import clusters, content, no_code, services, settings, tls, update
from aml_nb.core.webservice.content import Content
from aml_nb.core.webservice.launching import launch
from aml_nb.core.webservice.naming import name_taken
from aml_nb.core.webservice.output import Operation
from aml_nb.core.webservice.webservice import Webservice, from_record
from aml_nb.engines.base import Engine, ServiceStatus
from aml_nb.engines.folder import Keys
from aml_nb.errors import NameTakenError, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


_PLACE = ("computeType", "computeName", "namespace", "engine")

_noted: set[str] = set()
"""What was said once about an engine; nobody wants to read it at every deployment."""


def deploy_model(
    workspace: Workspace,
    name: str,
    models: list[Any] | None,
    inference_config: Any = None,
    deployment_config: Any = None,
    deployment_target: Any = None,
    overwrite: bool = False,
    show_output: bool = False,
) -> Webservice:
    """Deploy models as a web service and return while it starts; ``Model.deploy`` documents it."""
    _check_workspace(workspace)
    names.check("webservice", name)
    config, target = choose_target(workspace, deployment_config, deployment_target)
    config = no_code.sized(config, models, inference_config)
    kind = kind_of(config)
    if kind != services.LOCAL:
        Webservice.check_for_existing_webservice(workspace, name, overwrite)
    engine = services.new_engine(workspace)
    what = content.gather(models, inference_config, kind == services.LOCAL, engine)
    if show_output:
        print_configuration(models, inference_config, config, target)
    service = deploy_content(workspace, name, what, config, target, overwrite, engine)
    if show_output:
        print("Request submitted, please run wait_for_deployment(show_output=True) to get deployment status.")
    return service


def deploy_content(
    workspace: Workspace,
    name: str,
    what: Content,
    config: Any,
    target: Any,
    overwrite: bool,
    engine: Engine | None = None,
) -> Webservice:
    """Start a service; two who deploy one name at once get one service and one error."""
    kind = kind_of(config)
    engine = engine or services.new_engine(workspace)
    if kind == services.ENDPOINT:
        from aml_nb.core.webservice import aks_endpoint

        return aks_endpoint.deploy(workspace, name, what.on(engine), config, target, overwrite, engine)
    certificate, what = certificate_for(workspace, config, target), what.on(engine)
    record = new_record(workspace, name, what, config, target, certificate)
    record["engine"] = engine.name
    if engine.note is not None:
        record["notes"].append(engine.note)
    if kind == services.LOCAL:
        _tell_local(what, engine, record["handle"])
    over = overwrite or kind == services.LOCAL
    try:
        held = engine.exclusive(record["handle"], wait=over)
        with naming_line(what.specification, "image"), readable_files(workspace._folder), held:
            before = engine.folder(record["handle"]).events()
            record, revision = _submit(workspace, engine, record, what, config, over)
            after = engine.folder(record["handle"]).events()
    except (BlockingIOError, NameTakenError):
        raise name_taken(name) from None
    clusters.rebalance(workspace, record.get("computeName"))
    service = from_record(workspace, services.awaited(record))  # v1's object has what was just asked for
    service._operation = Operation(revision, len(before) if after[: len(before)] == before else 0)
    if service.state != "Unschedulable":
        service.state = service._word(ServiceStatus("Transitioning"))
    return service


def _check_workspace(workspace: Any) -> None:
    """Tell whoever gives the name or the models first."""
    from aml_nb.core.workspace import Workspace

    if not isinstance(workspace, Workspace):
        raise WebserviceException(
            f"Error, workspace takes a Workspace, not {type(workspace).__name__}.",
            hint="Model.deploy(ws, name, [model], ...) with ws = Workspace.from_config()",
        )


def choose_target(workspace: Workspace, config: Any, target: Any) -> tuple[Any, Any]:
    """The configuration and compute target to use; ACI where nothing was said, as in v1."""
    from aml_nb.core.compute import AksCompute
    from aml_nb.core.webservice import AciWebservice, AksWebservice

    if config is None and target is None:
        return AciWebservice.deploy_configuration(), None
    if config is None and isinstance(target, AksCompute):
        config = AksWebservice.deploy_configuration()
    if config is None:
        raise WebserviceException(
            "Error, a deployment_config is needed for this deployment_target.",
            hint="AciWebservice.deploy_configuration() needs no target",
        )
    kind = kind_of(config)
    if kind in (services.AKS, services.ENDPOINT):
        return config, _aks_target(workspace, config, target)
    if target is not None:
        raise WebserviceException(
            f"Error, {type(config).__name__} is no configuration for the compute target "
            f"{getattr(target, 'name', target)!r}.",
            hint="leave deployment_target out, or use AksWebservice.deploy_configuration()",
        )
    return config, None


def _aks_target(workspace: Workspace, config: Any, target: Any) -> Any:
    from aml_nb.core.compute import AksCompute
    from aml_nb.core.compute.target import get

    if config.compute_target_name is not None:
        target = get(workspace, config.compute_target_name)
    if isinstance(target, str):
        target = get(workspace, target)
    if isinstance(target, AksCompute):
        found = get(workspace, target.name)
        if found.provisioning_state != "Succeeded":
            raise _no_cluster(found)
        return found
    told = "Error, deployment_target must be an AksCompute"
    raise WebserviceException(
        f"{told} to deploy to AKS." if target is None else f"{told}, not {type(target).__name__}.",
        hint="ComputeTarget.create(ws, 'aks', AksCompute.provisioning_configuration())",
    )


def _no_cluster(target: Any) -> WebserviceException:
    """Why nothing can be deployed to a cluster that was never provisioned."""
    errors = [detail["message"] for e in target.provisioning_errors or [] for detail in e["error"]["details"]]
    return WebserviceException(
        f"Error, the compute target {target.name} is in the provisioning state {target.provisioning_state}: nothing "
        f"can be deployed to it. {' '.join(errors)}".rstrip(),
        hint=target._mend(),
    )


def kind_of(config: Any) -> str:
    """LOCAL, ACI, AKS or AKSENDPOINT."""
    kind = getattr(getattr(config, "_webservice_type", None), "_webservice_type", None)
    if kind not in (services.LOCAL, services.ACI, services.AKS, services.ENDPOINT):
        raise WebserviceException(
            f"Error, {type(config).__name__} is no deployment configuration.",
            hint="LocalWebservice, AciWebservice or AksWebservice .deploy_configuration(...)",
        )
    return str(kind)


def certificate_for(workspace: Workspace, config: Any, target: Any) -> dict[str, str] | None:
    """The certificate that a new service is to speak TLS with: the cluster's, or one of its own on ACI."""
    if target is not None:
        found: dict[str, str] | None = target._certificate
        return found
    return tls.keep(workspace, config) if getattr(config, "ssl_enabled", None) else None


def new_record(
    workspace: Workspace, name: str, what: Content, config: Any, target: Any, certificate: dict[str, str] | None = None
) -> services.Payload:
    """The record of a new service."""
    kind = kind_of(config)
    if kind == services.LOCAL:
        own = settings.local_record(config)
    elif kind == services.ACI:
        own = settings.aci_record(config, certificate)
        own["location"] = config.location or workspace.location
    else:
        own = settings.aks_record(config, target.name, certificate)
    return record_of(name, services.handle_of(name, kind), what, config, own)


def record_of(name: str, handle: str, what: Content, config: Any, own: services.Payload) -> services.Payload:
    """The record of a new service; ``own`` is what only its class has."""
    now = services.now()
    record: services.Payload = {
        "name": name,
        "handle": handle,
        "description": config.description,
        "kvTags": dict(config.tags or {}),
        "properties": dict(config.properties or {}),
        "createdTime": now,
        "updatedTime": now,
        "createdBy": user(),
        **what.record_fields(),
        "notes": list(what.notes),
        **own,
    }
    record["spec"] = settings.make_spec(record, what, revision=1).to_dict()
    return record


def _submit(
    workspace: Workspace, engine: Engine, record: services.Payload, what: Content, config: Any, over: bool
) -> tuple[services.Payload, int]:
    """Launch a service, with the keys of the one that it replaces unless others were given.

    One of the same kind that serves keeps its address, and serves until the new one does.
    """
    old = services.records(workspace).get(record["handle"])
    if old is not None and not over:
        raise name_taken(record["name"])
    serves = False
    if old is not None and _in_one_place(old, record):
        old, status = services.settle(workspace, old, held=True)
        serves = status.serving
    keys = services.last_keys(workspace, old) if old is not None else None
    if old is not None and serves:
        return _supersede(workspace, engine, old, record, what, _other_keys(keys, config))
    if old is not None and old["computeType"] == services.ENDPOINT:
        from aml_nb.core.webservice import endpoints

        endpoints.give_way(workspace, old, engine, what)
        old = None
    primary = config.primary_key or (keys.primary if keys else None)
    secondary = config.secondary_key or (keys.secondary if keys else None)
    return launch(workspace, engine, record, old, Keys.make(primary, secondary))


def _other_keys(keys: Keys | None, config: Any) -> Keys | None:
    """The service's keys with those that a configuration names; None where they are the same."""
    given = {"primary": config.primary_key, "secondary": config.secondary_key}
    named = {name: key for name, key in given.items() if key}
    other = replace(keys or Keys.make(), **named) if named else keys
    return None if other == keys else other


def _in_one_place(old: services.Payload, new: services.Payload) -> bool:
    """Whether a service is carried by what is to carry the new one, at the same address."""
    return old["computeType"] in (services.ACI, services.AKS) and all(old.get(key) == new.get(key) for key in _PLACE)


def _supersede(
    workspace: Workspace,
    engine: Engine,
    old: services.Payload,
    new: services.Payload,
    what: Content,
    keys: Keys | None,
) -> tuple[services.Payload, int]:
    """Have a service that serves go on until the new one does, at the same address and with its keys."""
    revision, record = update.submit(workspace, engine, old, new, what, keys=keys)
    for note in new["notes"]:
        engine.folder(new["handle"]).say(note)
    return record, revision


def _tell_local(what: Content, engine: Engine, handle: str) -> None:
    """Say which models go where and what the engine does, as v1 does for a local service."""
    engine.tell = print
    if engine.note is not None and engine.note not in _noted:
        _noted.add(engine.note)
        print(engine.note)
    root = engine.folder(handle).path
    for model in what.models:
        if model.source is None:
            print(f"Downloading model {model.name}:{model.version} to {root}")
        else:
            print(f"Copying local model {model.source} to {root}")


def print_configuration(models: Any, inference_config: Any, deployment_config: Any, deployment_target: Any) -> None:
    """Print what a deployment would deploy; ``Model.print_configuration`` documents it."""
    target = None if deployment_config is None else kind_of(deployment_config)
    content.describe(models, getattr(deployment_target, "name", target), inference_config)
    if deployment_config is not None:
        deployment_config.print_deploy_configuration()
