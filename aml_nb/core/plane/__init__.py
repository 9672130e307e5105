"""The control plane of a workspace, seen from outside: starting, asking and ending its server.

The server itself is ``aml_nb.control``; it runs as a process of its own, and nothing here imports it.
"""

from aml_nb.core.plane.starting import Plane, down, look, restart, up

__all__ = ["Plane", "down", "look", "restart", "up"]
