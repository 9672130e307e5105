"""``%service diagnose [NAME]``."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.display.text import Text
from aml_nb.verbs import COMMAND
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import find_service


def run_diagnose(args: Namespace, context: Context) -> Any:
    """Why the service, or the latest request to it that failed, fails; words where nothing is wrong."""
    from aml_nb.core.diagnosis.service import diagnose, nothing_found
    from aml_nb.display.diagnosis import DiagnosisCard

    service = find_service(context, args.name)
    found = diagnose(service)
    if found is None:
        return None if context.json else Text(nothing_found(service))
    return DiagnosisCard(found, command=context.surface == COMMAND)
