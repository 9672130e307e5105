"""A real kernel, and what a notebook would have of it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


class Kernel:
    """A kernel, its outputs by display id, and the traits of its widgets, as a notebook would have them."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import KernelManager

        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "IPYTHONDIR": str(folder), "PYTHONWARNINGS": "ignore"})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.outputs: dict[str, dict[str, Any]] = {}
        self.widgets: dict[str, dict[str, Any]] = {}
        self.closed: set[str] = set()
        self.printed = ""

    def run(self, code: str, cell: str | None = None) -> None:
        """Run a cell; AssertionError with its traceback where it fails. ``cell`` is the id that a front end tells."""
        if cell is None:
            wanted = self.client.execute(code)
        else:
            content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
            message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
            self.client.shell_channel.send(message)
            wanted = message["header"]["msg_id"]
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            self._take(message)
            content, own = message["content"], message["parent_header"].get("msg_id") == wanted
            assert message["msg_type"] != "error", "\n".join(content["traceback"])
            if own and message["msg_type"] == "status" and content["execution_state"] == "idle":
                return

    def until(self, wanted: Any, seconds: float = 60.0) -> None:
        """Take messages until ``wanted()`` is so."""
        end = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < end, (self.outputs, self.widgets)
            try:
                self._take(self.client.get_iopub_msg(timeout=0.2))
            except Exception as error:
                assert type(error).__name__ == "Empty"

    def _take(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind in ("display_data", "update_display_data"):
            self.outputs[content["transient"].get("display_id", message["msg_id"])] = content["data"]
        elif kind == "stream":
            self.printed += content["text"]
        elif kind == "comm_open":
            self.widgets[content["comm_id"]] = dict(content["data"]["state"])
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self.widgets.setdefault(content["comm_id"], {}).update(content["data"]["state"])
        elif kind == "comm_close":
            self.closed.add(content["comm_id"])

    def set(self, comm: str, **state: Any) -> None:
        """Set traits of a widget, as a front end does."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", {"comm_id": comm, "data": data}))

    def close(self, comm: str) -> None:
        """Close a comm, as a notebook does."""
        self.client.shell_channel.send(self.client.session.msg("comm_close", {"comm_id": comm, "data": {}}))

    def output(self) -> dict[str, Any]:
        """The one output."""
        (found,) = self.outputs.values()
        return found

    def page(self) -> str:
        """All that the widgets show."""
        return "".join(str(state.get("value", "")) for state in self.widgets.values())

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
