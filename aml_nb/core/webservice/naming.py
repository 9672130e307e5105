"""Names of web services that are not there, and names that are taken."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def not_found(workspace: Workspace, name: str) -> WebserviceException:
    """v1's error for a service that is not there, with the names that are near."""
    known = sorted({record["name"] for record in services.every(workspace) if not record.get("endpoint")})
    near = difflib.get_close_matches(str(name), known, n=3)
    there = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there is {', '.join(known) or 'none'}"
    return WebserviceException(
        f"WebserviceNotFound: Webservice with name {name} not found in provided workspace",
        status_code=404,
        hint=f"Webservice.list(ws); {there}",
    )


def name_taken(name: str) -> WebserviceException:
    """v1's error for a name that exists."""
    return WebserviceException(
        f"Error, there is already a service with name {name} found in workspace",
        status_code=409,
        hint=f"Model.deploy(..., overwrite=True), or Webservice(ws, {name!r}).delete() first",
    )
