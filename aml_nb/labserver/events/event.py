"""What goes over the socket."""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]
"""One message, as JSON has it; ``event`` says of what kind it is."""
