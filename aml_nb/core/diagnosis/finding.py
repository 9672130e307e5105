"""What a rule finds, and the steps that many of them advise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aml_nb.core.diagnosis.facts import Facts, clean, shown
from aml_nb.core.diagnosis.tracebacks import Raised
from aml_nb.errors import Source


@dataclass(frozen=True)
class Finding:
    """A cause, with what is particular to this case. ``where`` None leaves it to the facts."""

    cause: str
    why: str
    fix: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    where: Source | None = None


Rule = Callable[[Facts], Finding | None]


def quoted(raised: Raised) -> str:
    """What was raised, as the end of a sentence."""
    text = clean(raised.told).rstrip().rstrip(".:")
    return f"{text}."


def mend(facts: Facts, what: str = "correct it") -> str:
    """Mend the line that failed."""
    source = facts.where
    return f"{what}: {facts.shown_script}" if source is None else f"{what}: {shown(source.path)}, line {source.line}"


def again(facts: Facts) -> str:
    """Have the service take the script that was mended."""
    if facts.endpoint:
        return _version(facts)
    if facts.framework is not None:
        return _models(facts)
    if facts.local:
        return f"service.reload(wait=True), or %service reload {facts.name}"
    update = f"%service update {facts.name} --script {facts.shown_script}"
    return f"service.update(inference_config=inference_config), or {update}"


def again_with_environment(facts: Facts) -> str:
    """Have the service take the environment that was changed."""
    if facts.endpoint:
        return _version(facts)
    if facts.framework is not None:
        return _models(facts)
    update = f"%service update {facts.name} --environment NAME"
    return f"service.update(inference_config=inference_config), or {update}"


def restart(facts: Facts) -> str:
    """Start a service that is gone once more."""
    if facts.local:
        return f"service.reload(), or %service reload {facts.name}"
    if facts.endpoint:
        return _version(facts)
    if facts.framework is not None:
        return f"{_models(facts)}, or Model.deploy(..., overwrite=True)"
    return f"%service update {facts.name} --script {facts.shown_script}, or Model.deploy(..., overwrite=True)"


def _models(facts: Facts) -> str:
    """Have a service without a script of the user's take the model that was registered anew."""
    model = facts.models[0].name if facts.models else "MODEL"
    return f"service.update(models=[model]), or %service update {facts.name} --model {model}"


def _version(facts: Facts) -> str:
    return f"endpoint.update_version({facts.name!r}, models=[...], inference_config=inference_config)"


def send(facts: Facts, body: str) -> str:
    """Send a request that fits."""
    return f"%service run {facts.called} {body}"


def try_out(facts: Facts, body: str = "BODY") -> str:
    """Try the script without a service."""
    return f"in a notebook, %%score_script {facts.shown_script} --sample {body} tries init() and run() first"
