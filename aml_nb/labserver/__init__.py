"""The server extension of JupyterLab's side panel: REST and a WebSocket over ``aml_nb.core``.

``routes.py`` is the table of everything that is served. ``shapes/`` makes JSON of core's objects, a module a kind;
``actions/`` does what the panel's buttons ask for; ``events/`` pushes what changes. Nothing in them knows tornado:
``handlers.py`` calls them in threads and turns errors into answers.
"""

from __future__ import annotations

from typing import Any

from aml_nb import __version__

__all__ = ["PROTOCOL", "__version__"]
PROTOCOL = 1
"""Of routes and events; the panel refuses to work with a server that speaks another one."""


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from aml_nb.labserver.app import AmlNbApp

    return [{"module": "aml_nb.labserver", "app": AmlNbApp}]
