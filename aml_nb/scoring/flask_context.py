"""Flask's own objects for scripts that use them: ``jsonify``, ``make_response``, ``flask.request``.

v1's scoring server is a Flask application, so they work there whenever ``run()`` is called.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from aml_nb.scoring.binding import Invoke
from aml_nb.scoring.request import Request

_IMPORT = re.compile(rb"^\s*(?:from|import)\s+flask\b", re.MULTILINE)


def used_by(path: str) -> bool:
    """Whether a script has imported Flask, or may yet do so in the middle of ``run()``."""
    return "flask" in sys.modules or _IMPORT.search(Path(path).read_bytes()) is not None


def around(invoke: Invoke) -> Invoke:
    """``invoke`` with the request at hand as Flask's users know it; as it is where there is no Flask."""
    try:
        from flask import Flask
    except ImportError:
        return invoke
    from aml_nb.scoring.aml_http import environ

    app = Flask(__name__)

    def within(request: Request) -> Any:
        with app.request_context(environ(request.method, request.path, request.query, request.headers, request.body)):
            return invoke(request)

    return within
