"""Deploying a model: it is answered as soon as the service is on its way; the rest is told by events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.webservice import services as records
from aml_nb.core.webservice.deploy import deploy_model, kind_of
from aml_nb.core.webservice.naming import name_taken
from aml_nb.errors import AmlError
from aml_nb.labserver.actions.contents import script_of
from aml_nb.labserver.answers import Answer
from aml_nb.labserver.call import Call
from aml_nb.labserver.faults import Refusal, body_of
from aml_nb.labserver.shapes import base, compute, models, services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

PATIENCE_S = 8.0
"""An environment that is not there yet takes longer: then the panel is not kept waiting for it."""


def deploy(call: Call) -> Answer:
    """Deploy one model; what can be told to be wrong is told at once."""
    workspace = call.workspace
    model = models.find(workspace, call.id)
    name = names.check("webservice", call.given("name", str, needed=True))
    overwrite = bool(call.given("overwrite", bool, False))
    config, target = _target(call, workspace)
    if not overwrite and records.find(workspace, name, kind_of(config)) is not None:
        raise name_taken(name)
    inference = script_of(call)
    work = _begun(lambda: deploy_model(workspace, name, [model], inference, config, target, overwrite=overwrite))
    try:
        return Answer({"row": services.row(work.result(PATIENCE_S))}, 202)
    except TooLate:  # Python 3.10 has one of its own
        work.add_done_callback(lambda work: _ended(call, name, work))
        return Answer({"row": _coming(name, model.id, config)}, 202)


def _begun(function: Callable[[], Any]) -> Future[Any]:
    """A deployment under way, in a thread that does not hold up the end of the server."""
    work: Future[Any] = Future()

    def run() -> None:
        try:
            work.set_result(function())
        except BaseException as error:
            work.set_exception(error)

    threading.Thread(target=run, name="aml-nb-deploy", daemon=True).start()
    return work


def _ended(call: Call, name: str, work: Future[Any]) -> None:
    """Tell of an error that nobody waits for any more."""
    error = work.exception()
    if error is not None:
        _failed(call, name, error)


def _failed(call: Call, name: str, error: BaseException) -> None:
    said = error if isinstance(error, AmlError) else AmlError(f"The deployment of {name} failed: {error}")
    ws = call.parts["ws"]
    call.site.hub.tell(ws, {"event": "error", "workspace": ws, "kind": "services", "id": name, **body_of(said)})


def _coming(name: str, model: str, config: Any) -> base.Row:
    """The line of a service whose environment is still being made."""
    return base.row(
        services.KIND,
        records.handle_of(name, kind_of(config)),
        name,
        state="Transitioning",
        about=f"{model}: its environment is being made",
        at=base.now(),
        target=kind_of(config),
        engine="",
    )


def _target(call: Call, workspace: Workspace) -> tuple[Any, Any]:
    """The deployment configuration and, for AKS, the cluster."""
    from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice

    word = str(call.given("compute", str, "local"))
    kind, _, cluster = word.partition(":")
    sizes = {"cpu_cores": call.given("cpu", (int, float)), "memory_gb": call.given("memory_gb", (int, float))}
    auth = _auth(call, kind)
    if kind == "local" and not cluster:
        return LocalWebservice.deploy_configuration(port=call.given("port", int)), None
    if kind == "aci" and not cluster:
        return AciWebservice.deploy_configuration(**sizes, **auth), None
    if kind == "aks" and cluster:
        target = compute.find(workspace, cluster)
        return AksWebservice.deploy_configuration(**sizes, **auth), target
    raise Refusal(f"There is no target {word[:80]!r}.", hint='"local", "aci", or "aks:" and the name of a cluster')


def _auth(call: Call, kind: str) -> dict[str, Any]:
    """How callers are to show who they are, in v1's parameters; nothing where it is left to the target."""
    word = call.body.get("auth")
    if word is None:
        return {}
    if isinstance(word, bool):
        return {"auth_enabled": word}
    if word not in ("none", "key", "token"):
        raise Refusal(f'\'auth\' is "none", "key" or "token", not {str(word)[:40]!r}.')
    if word == "token" and kind != "aks":
        raise Refusal("Only services on AKS ask for tokens.", hint='"auth": "key"')
    return {"auth_enabled": word == "key", **({"token_auth_enabled": word == "token"} if kind == "aks" else {})}
