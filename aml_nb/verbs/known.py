"""Find things by name; where there is none, say what is near."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aml_nb.errors import AmlError, UsageError, WebserviceException
from aml_nb.verbs.parser import near_text

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.verbs.context import Context


def names_of(kind: str, workspace: Workspace) -> list[str]:
    """The names of everything of one kind in the workspace."""
    if kind == "model":
        from aml_nb.core.model import Model

        return [model.name for model in Model.list(workspace, latest=True)]
    if kind == "environment":
        from aml_nb.core.environment import Environment

        return list(Environment.list(workspace))
    if kind == "workspace":
        return workspace_names()
    if kind == "experiment":
        from aml_nb.core.runs.experiment import Experiment

        return [experiment.name for experiment in Experiment.list(workspace)]
    if kind == "run":
        from aml_nb.verbs.finding_runs import run_ids

        return run_ids(workspace)
    if kind in ("batch", "pipeline_run"):
        from aml_nb.verbs import finding_batches, finding_pipelines

        return finding_batches.batch_ids(workspace) if kind == "batch" else finding_pipelines.run_ids(workspace)
    if kind in ("pipeline", "schedule", "published"):
        from aml_nb.verbs.finding_pipelines import names

        return names(workspace, kind)
    if kind in ("dataset", "data"):
        return [name for name, *_ in workspace._store.versioned("dataset").list()]
    if kind == "datastore":
        return list(workspace.datastores)
    if kind == "service":
        return list(dict.fromkeys(payload["name"] for payload in _service_records(workspace)))
    return [name for name, _ in workspace._store.records(kind).list()]


def _service_records(workspace: Workspace) -> list[dict[str, Any]]:
    """What can be found by its name; versions of endpoints are found through their endpoint."""
    records = workspace._store.records("webservice").list()
    return [payload for _, payload in records if not payload.get("endpoint")]


def workspace_names() -> list[str]:
    """The names of all workspaces of this home."""
    from aml_nb.core.workspace import folder as workspace_folder

    return [facts["name"] for _, facts in workspace_folder.find()]


def find_model(workspace: Workspace, text: str) -> Any:
    """The model that ``name`` or ``name:version`` means."""
    from aml_nb.core.model import Model

    name, _, version = text.partition(":")
    if version and not version.isdigit():
        raise UsageError(f"{version!r} is no version of {name!r}; versions are numbers", hint=f"%models {name}")
    try:
        return Model(workspace, name=name, version=int(version) if version else None)
    except AmlError as error:
        known = names_of("model", workspace)
        error.message += near_text(name, known) if name not in known else ""
        error.hint = f"%models {name} --all-versions" if name in known else "%models  (lists what is registered)"
        raise


def find_service(context: Context, name: str | None) -> Any:
    """The service of that name; without one the last deployed, or the only one."""
    known = names_of("service", context.workspace)
    name = name or (context.last_service if context.last_service in known else _only_service(known))
    if name not in known:
        raise WebserviceException(
            f"WebserviceNotFound: Webservice with name {name} not found in provided workspace{near_text(name, known)}",
            hint="%service list",
        )
    from aml_nb.core.webservice import Webservice

    return Webservice(context.workspace, name)


def _only_service(known: list[str]) -> str:
    if len(known) == 1:
        return known[0]
    if not known:
        raise UsageError("no service is deployed here", hint="%deploy local NAME --script FILE")
    raise UsageError(f"which service? There are {', '.join(known)}", hint="name one of them")


def all_services(workspace: Workspace) -> list[Any]:
    """Every service of the workspace, local ones too, oldest first."""
    from aml_nb.core.webservice import LocalWebservice, Webservice

    kinds = {"LOCAL": LocalWebservice}
    found = []
    for payload in _service_records(workspace):
        with suppress(WebserviceException):  # it was deleted meanwhile
            found.append(kinds.get(payload["computeType"], Webservice)(workspace, payload["name"]))
    return found


def aks_clusters(workspace: Workspace) -> list[str]:
    """The names of the clusters that a service can be deployed to."""
    from aml_nb.core.compute import AksCompute, ComputeTarget

    return [target.name for target in ComputeTarget.list(workspace) if isinstance(target, AksCompute)]


@contextmanager
def magic_hints(name: str) -> Iterator[None]:
    """What v1's objects advise, as a verb: nobody here holds the object."""
    try:
        yield
    except AmlError as error:
        explained = "diagnose()" in (error.hint or "")
        logs = f"%service diagnose {name}, or %service logs {name}" if explained else f"%service logs {name}"
        for word, hint in (("get_logs", logs), ("overwrite=True", f"%deploy … {name} --overwrite")):
            if word in (error.hint or "") and getattr(error, "diagnosis", None) is None:
                error.hint = hint
        raise


def pairs(given: list[str] | None, what: str) -> dict[str, str] | None:
    """``k=v`` words as a dict."""
    if not given:
        return None
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise UsageError(f"{what} {text!r} is not key=value", hint=f"{what} area=iris")
        found[key] = value
    return found
