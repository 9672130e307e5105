"""Changing a service that runs: the old version serves until the new one does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.image.specification import naming_line
from aml_nb.core.store.errors import readable_files
from aml_nb.core.webservice import clusters, interrupted, no_code, services, settings, tls
from aml_nb.core.webservice.content import Content
from aml_nb.core.webservice.naming import not_found
from aml_nb.core.webservice.output import Operation
from aml_nb.engines.base import Change, Engine, ServiceSpec
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice
    from aml_nb.core.workspace import Workspace


def update(service: Webservice, changes: services.Payload, what: Content | None, change: Change | None = None) -> None:
    """Write ``changes`` into the record and hand what concerns the running service to its engine."""
    workspace, handle = service.workspace, service._record["handle"]
    engine = services.engine_of(workspace, service._record)
    if service._record["computeType"] == services.LOCAL:
        engine.tell = print
    named = naming_line({} if what is None else what.specification, "image")
    with named, readable_files(workspace._folder), engine.exclusive(handle):
        record = services.records(workspace).get(handle)
        if record is None:
            raise not_found(workspace, service.name)
        record, _ = services.settle(workspace, record, held=True)
        told = len(engine.folder(handle).events())
        revision, record = submit(workspace, engine, record, changes, what, change)
    clusters.rebalance(workspace, record.get("computeName"))
    service._operation = Operation(revision, told)
    service._refresh(services.records(workspace).get(handle) or record)
    if "certificate" in changes:
        tls.await_change(service.scoring_uri, services.spec_of(service._record).certificate)


@dataclass(frozen=True)
class _Plan:
    """What an update comes to: the record while it is under way, and what its engine is to do."""

    revision: int
    record: services.Payload
    spec: ServiceSpec | None = None
    change: Change = Change.SETTINGS


def submit(
    workspace: Workspace,
    engine: Engine,
    record: services.Payload,
    changes: services.Payload,
    what: Content | None,
    change: Change | None = None,
    keys: Keys | None = None,
) -> tuple[int, services.Payload]:
    """The revision that the update ends with, and the record while it is under way.

    ``keys`` open the new revision, where they are not those of the one before. The caller holds everybody else off
    the service, and has settled its record.
    """
    mine = services.records(workspace)
    current = services.awaited(record)
    new = {**current, **changes, "updatedTime": services.now(), "refused": None}
    new.pop("pending", None)
    content = what or Content.of_record(current)
    new["spec"] = settings.make_spec(new, content, services.spec_of(current).revision).to_dict()
    change = change or (Change.SETTINGS if what is None else Change.EVERYTHING)
    if record.get("unschedulable"):
        return _start_over(workspace, engine, new, content, what is not None)
    with clusters.reserving(workspace, record):
        fitted = clusters.fit(workspace, new, before=current)
        if fitted.get("unschedulable"):
            plan = _refusal(record, fitted["unschedulable"])
        else:
            plan = _plan(record, current, fitted, content, change, keys is not None)
            _lay_out(engine.folder(record["handle"]), keys, plan.spec, record, current)
        if plan.spec is not None and not plan.record.get("pending"):
            plan = replace(plan, record={**plan.record, interrupted.UNTOLD: True})
        mine.put(record["handle"], plan.record)
    if plan.spec is not None:
        try:
            engine.update(plan.spec, plan.change)
        except BaseException:
            if not plan.record.get("pending"):  # else the next look tells that it was interrupted
                _take_back(workspace, record, plan.record)
            raise
        _tell_missing(engine, services.spec_of(current), plan.spec)
        if plan.record.get(interrupted.UNTOLD):
            plan = replace(plan, record=interrupted.unmark(workspace, record["handle"], interrupted.UNTOLD))
    return plan.revision, plan.record


def _lay_out(folder: ServiceFolder, keys: Keys | None, spec: ServiceSpec | None, *now: services.Payload) -> None:
    """Put a revision's own keys in place; those that no revision has any more go."""
    folder.forget_keys(but={services.keys_revision(record) for record in now})
    if keys is not None and spec is not None:
        folder.write_keys(keys, revision=spec.keys_revision)


def _take_back(workspace: Workspace, before: services.Payload, after: services.Payload) -> None:
    """Let the record say what the engine has: asked for once more, the same change is to reach it."""
    changed = {key: before.get(key) for key in after if after[key] != before.get(key)}
    services.records(workspace).modify(before["handle"], lambda record: {**record, **changed})


def _tell_missing(engine: Engine, before: ServiceSpec, after: ServiceSpec) -> None:
    """Say what the engine cannot do of what is asked for now and was not before."""
    told = engine.missing(before)
    for sentence in engine.missing(after):
        if sentence not in told:
            engine.folder(after.handle).say(sentence)


def _plan(
    record: services.Payload,
    current: services.Payload,
    new: services.Payload,
    content: Content,
    change: Change,
    own_keys: bool,
) -> _Plan:
    """How to go from ``current`` to ``new``: with a revision that replaces the old one, or without."""
    old_spec, spec = services.spec_of(current), services.spec_of(new)
    if change is Change.SETTINGS and (same := _same_revision(record, old_spec, spec)):
        changed = {key: value for key, value in new.items() if current.get(key) != value}
        record = at_once(record, {**changed, "spec": spec.to_dict()})
        untold = record.get(interrupted.UNTOLD) and not record.get("pending")
        return _Plan(spec.revision, record, spec if same == "scaled" or untold else None)
    revision = max(old_spec.revision, record.get("lastRevision", 1)) + 1
    spec = replace(spec, revision=revision)
    if own_keys:
        spec, new = replace(spec, keys_revision=revision), {**new, "keysRevision": revision}
    new = {**new, "spec": spec.to_dict(), **content.record_fields()}
    return _Plan(revision, _with_pending(record, new, revision), spec, change)


def _refusal(record: services.Payload, reason: str) -> _Plan:
    """There is no room for what was asked: the service goes on as it is."""
    record = clusters.refused(record, reason)
    return _Plan(record["lastRevision"], record)


def _start_over(
    workspace: Workspace, engine: Engine, new: services.Payload, content: Content, other_files: bool
) -> tuple[int, services.Payload]:
    """Change a service that waits for room, and start it where it fits now."""
    handle, revision = new["handle"], max(new["spec"]["revision"], new.get("lastRevision", 1)) + 1
    waited = new["unschedulable"]
    spec = replace(services.spec_of(new), revision=revision)
    own = {**content.record_fields(), "unstartable": None}
    new = {**new, **own, "spec": spec.to_dict(), "lastRevision": revision}
    if other_files:
        clusters.keep_waiting(workspace, engine, new, services.last_keys(workspace, new) or Keys.make())
    with clusters.reserving(workspace, new):
        new = clusters.fit(workspace, new)
        services.records(workspace).put(handle, new)
    if not new.get("unschedulable"):
        try:
            clusters.start_waiting(engine, new)
        except BaseException:
            services.records(workspace).put(handle, {**new, "placement": [], "unschedulable": waited})
            raise
    return revision, new


def _same_revision(record: services.Payload, old: ServiceSpec, new: ServiceSpec) -> str | None:
    """Whether a change needs no new revision: nothing that workers know of, or their number and certificate alone."""
    alike = replace(old, tags=new.tags)
    if alike == new:
        return "alike"
    outside = replace(alike, replicas=new.replicas, scaling=new.scaling, certificate=new.certificate)
    scaled = outside == new and not record.get("pending")
    return "scaled" if scaled else None


def at_once(record: services.Payload, changes: services.Payload) -> services.Payload:
    """The record with values that take effect at once, whatever becomes of an update under way."""
    pending = record.get("pending")
    if not pending:
        return {**record, **changes}
    changes = {key: value for key, value in changes.items() if key != "spec"}
    waiting = {**pending, "changes": {**pending["changes"], **changes}, "before": {**pending["before"], **changes}}
    return {**record, **changes, "pending": waiting}


def _with_pending(record: services.Payload, new: services.Payload, revision: int) -> services.Payload:
    """The record while an update is under way: its models are in use, the new ones too."""
    changed = {key: value for key, value in new.items() if record.get(key) != value}
    before = {key: record.get(key) for key in changed}
    both = list(dict.fromkeys([*record.get("modelIds", []), *new["modelIds"]]))
    pending = {"revision": revision, "changes": changed, "before": before}
    if old := record.get("pending"):
        pending["before"] = {**before, **{k: v for k, v in old["before"].items() if k in changed}}
    return {**record, "modelIds": both, "lastRevision": revision, "pending": pending}


def merged_properties(record: services.Payload, properties: dict[str, str]) -> dict[str, str]:
    """The service's properties with new ones; those it has cannot change."""
    have = dict(record.get("properties") or {})
    for key in properties:
        if key in have:
            raise WebserviceException(
                f"Error, properties are immutable: property {key} is there already.", hint="choose another key"
            )
    return {**have, **properties}


def require(values: dict[str, Any]) -> dict[str, Any]:
    """What was given of an update's parameters; v1's error where that is nothing."""
    told = {key: value for key, value in values.items() if value is not None}
    if not told:
        raise WebserviceException("No parameters provided to update.", hint="service.update(tags={...})")
    return told


def new_content(
    service: Webservice, models: list[Any] | None, inference_config: Any, image: Any = None
) -> Content | None:
    """What an update is to run; None where it changes nothing of that."""
    from aml_nb.core.webservice.content import gather

    if image is not None:
        return _of_image(service, models, inference_config, image)
    if models is None and inference_config is None:
        return None
    if inference_config is None and not no_code.serves(service._record):
        raise WebserviceException(
            "Error, both 'models' and 'inference_config' inputs must be provided in order to update the models.",
            hint="service.update(models=[model], inference_config=inference_config)",
        )
    local = service.compute_type == services.LOCAL
    engine = services.engine_of(service.workspace, service._record)
    if models is not None:
        return gather(models, inference_config, local, engine)
    now = Content.of_record(service._record)
    return replace(gather([], inference_config, local, engine), models=now.models, model_ids=now.model_ids)


def _of_image(service: Webservice, models: Any, inference_config: Any, image: Any) -> Content:
    from aml_nb.core.image.deploying import content

    if models is not None or inference_config is not None:
        raise WebserviceException(
            "Error, an image has its models and its script: it excludes 'models' and 'inference_config'.",
            hint="service.update(image=image)",
        )
    return content(service.workspace, image, services.engine_of(service.workspace, service._record))


def with_models(service: Webservice, models: list[Any]) -> Content:
    """What a service runs, with other models; without a script of the user's, with what the new model needs too."""
    from aml_nb.core.webservice.content import gather_models

    if no_code.serves(service._record):
        return new_content(service, models, None) or Content.of_record(service._record)
    files, ids = gather_models(models, local=service.compute_type == services.LOCAL)
    other = replace(Content.of_record(service._record), models=files, model_ids=ids)
    return replace(other, image=None, image_id=None, image_digest=None)
