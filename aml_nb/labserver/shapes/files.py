"""Files of runs, as a browser may be given them: what a script wrote is nobody's page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from aml_nb.labserver.answers import Answer
from aml_nb.labserver.faults import Refusal
from aml_nb.labserver.shapes import logs

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

MOST = 50 * 1024 * 1024
IMAGES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "svg": "image/svg+xml",
}
"""What is shown; an SVG too, for as an image it runs nothing, and as a page it is in a sandbox."""


class TooLargeError(Refusal):
    """The file is larger than a panel should hold."""

    code, status = "too-large", 413


def run_file(workspace: Workspace, run_id: str, name: str) -> Answer:
    """The bytes of a file: images as what they are, all others to be saved."""
    with logs.run_file(workspace, run_id, name) as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise TooLargeError(
            f"{name} is larger than {MOST // 2**20} MB.", hint=f"Run.get(ws, {run_id!r}).download_file({name!r})"
        )
    kind = IMAGES.get(name.rpartition(".")[2].lower())
    how = "inline" if kind else "attachment"
    base = quote(name.rpartition("/")[2], safe="")
    return Answer(
        data,
        headers={
            "Content-Type": kind or "application/octet-stream",
            "Content-Disposition": f"{how}; filename*=UTF-8''{base}",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
