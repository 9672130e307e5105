"""The rules in their order."""

from __future__ import annotations

from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.diagnosis.finding import Finding, Rule
from aml_nb.core.diagnosis.rules import modules, script

RULES: tuple[Rule, ...] = (
    script.syntax,
    script.functions,
    script.took_too_long,
    modules.own_file,
    modules.package,
    modules.name,
    modules.library,
    script.not_global,
    script.raised_at_start,
    script.raised_in_run,
)
"""The particular ones before the general: the first that finds its cause is believed."""


def found(facts: Facts) -> Finding | None:
    """What the first rule that fits says."""
    return next((finding for rule in RULES if (finding := rule(facts)) is not None), None)
