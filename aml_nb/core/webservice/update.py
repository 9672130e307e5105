"""Changing a service that runs: the old version serves until the new one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.store.errors import readable_files
from aml_nb.core.webservice import services
from aml_nb.core.webservice.content import Content
from aml_nb.core.webservice.deploy import make_spec
from aml_nb.core.webservice.naming import not_found
from aml_nb.core.webservice.output import Operation
from aml_nb.engines.base import Change, Engine, ServiceSpec
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice


def update(service: Webservice, changes: services.Payload, what: Content | None, change: Change | None = None) -> None:
    """Write ``changes`` into the record and hand what concerns the running service to its engine."""
    workspace, handle = service.workspace, service._record["handle"]
    engine = services.engine_of(workspace, service._record)
    with readable_files(workspace._folder), engine.exclusive(handle):
        record = services.records(workspace).get(handle)
        if record is None:
            raise not_found(workspace, service.name)
        record, _ = services.settle(workspace, record)
        revision, record = _submit(service, engine, record, changes, what, change)
    service._operation = Operation(revision)
    service._refresh(record)


def _submit(
    service: Webservice,
    engine: Engine,
    record: services.Payload,
    changes: services.Payload,
    what: Content | None,
    change: Change | None,
) -> tuple[int, services.Payload]:
    """The revision that the update ends with, and the record while it is under way."""
    mine = services.records(service.workspace)
    current = {**record, **(record.get("pending") or {}).get("changes", {})}
    new = {**current, **changes, "updatedTime": services.now()}
    new.pop("pending", None)
    content = what or Content.of_record(current)
    old_spec = services.spec_of(current)
    spec = make_spec(new, content, old_spec.revision)
    change = change or (Change.SETTINGS if what is None else Change.EVERYTHING)
    if change is Change.SETTINGS and (same := _same_revision(record, old_spec, spec)):
        record = _plain(record, {**changes, "spec": spec.to_dict(), "updatedTime": new["updatedTime"]})
        mine.put(record["handle"], record)
        if same == "scaled":
            engine.update(spec, change)
        return spec.revision, record
    revision = max(old_spec.revision, record.get("lastRevision", 1)) + 1
    new["spec"] = replace(spec, revision=revision).to_dict()
    new["modelIds"], new["environment"] = list(content.model_ids), content.environment
    record = _with_pending(record, new, revision)
    mine.put(record["handle"], record)
    engine.update(replace(spec, revision=revision), change)
    return revision, record


def _same_revision(record: services.Payload, old: ServiceSpec, new: ServiceSpec) -> str | None:
    """Whether a change needs no new revision: nothing that workers know of, or their number alone."""
    alike = replace(old, tags=new.tags)
    if alike == new:
        return "alike"
    scaled = replace(alike, replicas=new.replicas, scaling=new.scaling) == new and not record.get("pending")
    return "scaled" if scaled else None


def _plain(record: services.Payload, changes: services.Payload) -> services.Payload:
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


def new_content(service: Webservice, models: list[Any] | None, inference_config: Any) -> Content | None:
    """What an update is to run; None where it changes nothing of that."""
    from aml_nb.core.webservice.content import gather

    if models is None and inference_config is None:
        return None
    if inference_config is None:
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


def with_models(service: Webservice, models: list[Any]) -> Content:
    """What a service runs, with other models."""
    from aml_nb.core.webservice.content import gather_models

    files, ids = gather_models(models, local=service.compute_type == services.LOCAL)
    return replace(Content.of_record(service._record), models=files, model_ids=ids, image=None)
