"""The process: it holds the workspace's control folder, listens on loopback and ends when the workspace goes."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.plane.folder import PlaneFolder
from aml_nb.core.plane.starting import HOST

if TYPE_CHECKING:
    import uvicorn

_LOOK_S = 1.0
_GRACE_S = 5
_BACKLOG = 512


def main(folder: str) -> int:
    """Serve until SIGTERM, or until the workspace is gone; at once where another server does already."""
    plane = PlaneFolder(Path(folder))
    held = plane.take()
    if held is None:
        return 0
    port = int(plane.state().get("port") or 0)
    plane.tell({"port": port})  # what the last one told is true no more
    listener = listen(port)
    with listener:
        serve(plane, listener, held)
    return 0


def serve(plane: PlaneFolder, listener: socket.socket, held: int) -> None:
    """Answer what comes in, and keep the schedules."""
    from aml_nb.core.workspace import Workspace

    workspace = Workspace._open(plane.workspace)  # first: what is wrong with it is known before the rest is loaded
    import uvicorn

    from aml_nb import __version__
    from aml_nb.control.app import make_app
    from aml_nb.control.timekeeper import Timekeeper

    started = time.time()
    timekeeper = Timekeeper(workspace)
    app = make_app(workspace, timekeeper, started)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = uvicorn.Server(config)
    port = listener.getsockname()[1]
    plane.tell({"pid": os.getpid(), "port": port, "version": __version__, "started": started})
    threading.Thread(target=_watch, args=(plane, held, server), daemon=True).start()
    timekeeper.start()
    try:
        server.run(sockets=[listener])
    finally:
        timekeeper.stop()


def listen(wanted: int) -> socket.socket:
    """A listening socket on loopback: at the port of the last server where nobody has it, else at a free one."""
    for port in (wanted, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            listener.listen(_BACKLOG)
            return listener
        except OSError:
            listener.close()
            if port == 0:
                raise
    raise AssertionError("unreachable")


def _watch(plane: PlaneFolder, held: int, server: uvicorn.Server) -> None:
    """End the server when the folder that it holds is no longer the workspace's."""
    while _still_ours(plane, held):
        time.sleep(_LOOK_S)
    server.should_exit = True
    time.sleep(2 * _GRACE_S)
    os._exit(0)


def _still_ours(plane: PlaneFolder, held: int) -> bool:
    try:
        return os.stat(plane.lock).st_ino == os.fstat(held).st_ino
    except OSError:
        return False
