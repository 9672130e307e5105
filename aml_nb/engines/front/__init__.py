"""What stands in front of a service's replicas: one address, HAProxy behind it.

config.py    what a front is told: backends, their servers, traffic, certificate
render.py    the same in HAProxy's words
binary.py    where HAProxy is, and what it thinks of a configuration
control.py   HAProxy's command line, over a Unix socket in the service's folder
lost.py      processes whose socket or folder was taken away
runtime.py   servers that come, go, drain or move without a new process
front.py     the whole: start, reconfigure, stop, alive, stats
"""

from __future__ import annotations

from aml_nb.engines.front.config import Backend, FrontConfig, Server
from aml_nb.engines.front.errors import FrontError
from aml_nb.engines.front.front import Front
from aml_nb.engines.front.runtime import Load

__all__ = ["Backend", "Front", "FrontConfig", "FrontError", "Load", "Server"]
