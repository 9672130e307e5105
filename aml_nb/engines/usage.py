"""What the operating system tells of processes: what those of a service use, and which one listens at a port."""

from __future__ import annotations

from contextlib import suppress

from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import Usage
from aml_nb.engines.folder import ServiceFolder


def supervised_usage(folder: ServiceFolder) -> Usage | None:
    """The CPU time and the resident memory of a supervisor with all its processes; None where there is none.

    Pages that processes share are counted in each of them, so the memory is rather too much than too little.
    """
    import psutil

    pid = supervised.process_id(folder)
    if pid is None:
        return None
    cpu, memory = 0.0, 0
    with suppress(psutil.Error):
        top = psutil.Process(pid)
        ended = top.cpu_times()
        # What a worker that has ended used is told by the supervisor that waited for it.
        cpu = getattr(ended, "children_user", 0.0) + getattr(ended, "children_system", 0.0)
        for process in [top, *top.children(recursive=True)]:
            with suppress(psutil.Error):
                times = process.cpu_times()
                cpu, memory = cpu + times.user + times.system, memory + process.memory_info().rss
        return Usage(cpu, memory)
    return None


def program_at(port: int) -> str | None:
    """The program that listens at a port; None where nobody does, or this user may not know."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            address = tuple(connection.laddr)
            if connection.status == psutil.CONN_LISTEN and address[1:2] == (port,) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return None
    return None
