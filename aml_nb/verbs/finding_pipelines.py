"""Find what belongs to pipelines by what people type: runs, published pipelines, endpoints and schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.errors import UsageError
from aml_nb.verbs.finding_batches import PIPELINE_RUN
from aml_nb.verbs.finding_runs import MOST_COMPLETED, find_run
from aml_nb.verbs.parser import near_text

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.verbs.context import Context

_KINDS = {
    "pipeline": (kept.PIPELINE, kept.ENDPOINT),
    "schedule": (kept.SCHEDULE,),
    "published": (kept.PIPELINE, kept.ENDPOINT, kept.SCHEDULE),
}
_LEAST_PREFIX = 3


def names(workspace: Workspace, kind: str) -> list[str]:
    """The names of what is published: ``pipeline`` (endpoints, too), ``schedule``, or ``published`` (all of it)."""
    found = [each["name"] for each_kind in _KINDS[kind] for each in kept.listed(workspace, each_kind, False)]
    return list(dict.fromkeys(name for name in found if name))


def run_ids(workspace: Workspace) -> list[str]:
    """The ids of the newest pipeline runs, for completion."""
    return [record.run_id for record in islice(_runs(workspace), MOST_COMPLETED)]


def find_pipeline_run(context: Context, text: Any = None) -> Any:
    """The pipeline's run that ``text`` means, also by one of its steps' runs; without it the last.

    Raises
    ------
    UsageError : there is none, or the run is no pipeline's.
    """
    from aml_nb.core.runs.run import Run

    workspace = context.workspace
    if text is None:
        record = _last(context)
    else:
        record = find_run(context, text)._look()
    if "pipeline" not in record.payload and record.parent_id:
        record = RunRecords(workspace._store).get(record.parent_id) or record
    if "pipeline" not in record.payload:
        raise UsageError(
            f"the run {record.display_name or record.run_id} is no pipeline's", hint="%runs list --all shows the types"
        )
    return Run.get(workspace, record.run_id)


def find_published(context: Context, text: Any = None, kind: str = "pipeline") -> Any:
    """The PublishedPipeline, PipelineEndpoint or Schedule that ``text`` means; without it the only one.

    By variable, id, the beginning of an id, name, or ``name:version``. Of those that have a name in common the newest
    one that is active is meant.

    Raises
    ------
    UsageError : there is none.
    """
    given = getattr(text, "value", text)
    if given is not None and not isinstance(given, str):
        return _held(given, kind)
    found = _only(context.workspace, kind) if given is None else _matching(context.workspace, given, kind)
    if found is None:
        known = names(context.workspace, kind)
        hint = f"there is {', '.join(known)}" if known else "%pipeline publish RUN --name NAME"
        raise UsageError(f"there is no {_what(kind)} {str(given)!r}{near_text(str(given), known)}", hint=hint)
    return opened(context.workspace, *found)


def opened(workspace: Workspace, kind: str, payload: dict[str, Any]) -> Any:
    """v1's object for a document."""
    if kind == kept.PIPELINE:
        from aml_nb.core.pipelines.published import PublishedPipeline

        return PublishedPipeline._of(workspace, payload)
    if kind == kept.ENDPOINT:
        from aml_nb.core.pipelines.endpoint import PipelineEndpoint

        return PipelineEndpoint._of(workspace, payload)
    from aml_nb.core.pipelines.schedule import Schedule

    return Schedule._of(workspace, payload)


def kind_of(found: Any) -> str:
    """What was found is called."""
    name = type(found).__name__
    return {"PublishedPipeline": "pipeline", "PipelineEndpoint": "endpoint", "Schedule": "schedule"}.get(name, name)


def _matching(workspace: Workspace, text: str, kind: str) -> tuple[str, dict[str, Any]] | None:
    documents = [(each, payload) for each in _KINDS[kind] for payload in kept.listed(workspace, each, False)]
    documents.sort(key=lambda pair: pair[1]["status"] != kept.ACTIVE)
    name, _, version = text.rpartition(":")
    ways: tuple[Callable[[dict[str, Any]], bool], ...] = (
        lambda payload: payload["id"] == text,
        lambda payload: payload["name"] == text,
        lambda payload: bool(name) and payload["name"] == name and str(payload.get("version")) == version,
        lambda payload: len(text) >= _LEAST_PREFIX and payload["id"].startswith(text),
    )
    for way in ways:
        found = [pair for pair in documents if way(pair[1])]
        if found:
            return found[0]
    return None


def _only(workspace: Workspace, kind: str) -> tuple[str, dict[str, Any]]:
    documents = [(each, payload) for each in _KINDS[kind] for payload in kept.listed(workspace, each, True)]
    if len({payload["name"] for _, payload in documents}) == 1:
        return documents[0]
    if not documents:
        raise UsageError(f"there is no {_what(kind)} yet", hint="%pipeline publish")
    known = ", ".join(dict.fromkeys(payload["name"] for _, payload in documents))
    raise UsageError(f"which {_what(kind)}? There are {known}", hint="name one of them")


def _held(given: Any, kind: str) -> Any:
    wanted = {"pipeline": ("PublishedPipeline", "PipelineEndpoint"), "schedule": ("Schedule",)}
    allowed = wanted.get(kind, (*wanted["pipeline"], *wanted["schedule"]))
    if type(given).__name__ not in allowed:
        raise UsageError(f"{type(given).__name__} is no {_what(kind)}", hint="%pipeline list")
    return given


def _what(kind: str) -> str:
    return {"pipeline": "published pipeline", "schedule": "schedule"}.get(kind, "published pipeline or schedule")


def _last(context: Context) -> RunRecord:
    workspace = context.workspace
    if context.last_run is not None:
        record = RunRecords(workspace._store).get(context.last_run)
        if record is not None and ("pipeline" in record.payload or record.parent_id):
            return record
    record = next(_runs(workspace), None)
    if record is None:
        raise UsageError(
            "no pipeline has run here yet", hint="experiment.submit(pipeline), or %batch run SCRIPT --data DATASET"
        )
    return record


def _runs(workspace: Workspace) -> Iterator[RunRecord]:
    return RunRecords(workspace._store).find(run_type=PIPELINE_RUN)
