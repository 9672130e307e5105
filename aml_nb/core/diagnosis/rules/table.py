"""The rules in their order."""

from __future__ import annotations

from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.diagnosis.finding import Finding, Rule
from aml_nb.core.diagnosis.rules import models, modules, place, process, requests, script, versions

RULES: tuple[Rule, ...] = (
    # what the engine knows by itself
    place.ended,
    place.unschedulable,
    place.port,
    place.disk,
    place.environment,
    # what the script is
    script.syntax,
    script.functions,
    script.took_too_long,
    # what became of its process
    process.flapping,
    process.memory,
    process.hung,
    process.crash,
    process.exited,
    # what was raised, in particular
    requests.result,
    requests.time_limit,
    versions.custom_class,
    versions.on_gpu,
    versions.conflict,
    modules.own_file,
    modules.package,
    modules.name,
    modules.library,
    models.model_path,
    models.model_file,
    models.other_file,
    requests.bad_json,
    requests.missing_key,
    requests.features,
    script.not_global,
    requests.wrong_body,
    requests.refused,
    process.killed_in_run,
    versions.warned,
    # and in general
    script.raised_at_start,
    script.raised_in_run,
    place.stopped,
)
"""The particular ones before the general: the first that finds its cause is believed."""


def found(facts: Facts) -> Finding | None:
    """What the first rule that fits says."""
    return next((finding for rule in RULES if (finding := rule(facts)) is not None), None)
