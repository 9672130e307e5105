"""Who answers: versions, engine and workspaces."""

from __future__ import annotations

import sys
from typing import Any

from aml_nb import __version__
from aml_nb.core.workspace.folder import home
from aml_nb.engines.select import choose
from aml_nb.errors import AmlError
from aml_nb.labserver import PROTOCOL
from aml_nb.labserver.call import Call


def hello(call: Call) -> dict[str, Any]:
    """What the panel asks first."""
    return {
        "version": __version__,
        "protocol": PROTOCOL,
        "python": ".".join(map(str, sys.version_info[:3])),
        "engine": _engine(),
        "home": str(home()),
        "workspaces": call.site.workspaces.list(),
    }


def _engine() -> str | None:
    try:
        return choose(None).name
    except AmlError:  # AML_NB_ENGINE names none that there is, or Docker, which does not answer
        return None
