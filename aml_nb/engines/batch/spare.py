"""A copy of the first worker as it was after ``init``, from which the others are forked.

It saves what they would import again: where workers share cores, that is most of what starting them costs, and a
worker that was lost is replaced in milliseconds. Each of them calls ``init`` itself. That is done only where the copy
can hold nothing but memory: Linux, no thread, no open file or socket, no child process, and in the user's code none of
the words that speak of what each process should have of its own.
"""

from __future__ import annotations

import json
import os
import re
import select
import socket
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

_OWN = re.compile(
    rb"thread|multiprocess|subprocess|popen|fork|socket|connect|client|session|getpid|\bpid|uuid|temp(?:file|_?dir)"
    rb"|\brandom\b|seed|atexit|signal|cuda|gpu|torch|tensorflow|keras|onnxruntime|jax|spark|\bray\b|asyncio|(?<![a-z])lock|environ\[|putenv",
    re.IGNORECASE,
)
_NEVER = ("torch", "tensorflow", "jax", "onnxruntime", "pyspark", "ray", "grpc", "mxnet", "cupy")
_FORKS_WELL = "jemalloc_bg_thd"
"""The name of a thread, of pyarrow's, that takes care of being forked."""
_MOST_MESSAGE = 1 << 20


def has_words(paths: Iterable[str]) -> bool:
    """Whether these files of the user's speak of what each process should have of its own."""
    for path in paths:
        try:
            with open(path, "rb") as file:
                if _OWN.search(file.read()):
                    return True
        except OSError:
            return True
    return False


class Before:
    """What this process held before it ran anything of the user's."""

    def __init__(self) -> None:
        self._files = _open_files()

    def can_fork(self, roots: tuple[str, ...]) -> bool:
        """Whether nothing that a copy would share has come since.

        Parameters
        ----------
        roots : the folders of the user's code.
        """
        try:
            os.close(os.pidfd_open(os.getpid()))  # an old kernel, or a container that forbids it
            return self._shares_nothing(roots)
        except (OSError, AttributeError):
            return False

    def _shares_nothing(self, roots: tuple[str, ...]) -> bool:
        _close_stores()
        if _open_files() != self._files or _threads() != 2 or _has_children():
            return False  # two threads: this one, and the one that listens to the driver
        if any(name in sys.modules for name in _NEVER):
            return False
        files = (str(getattr(module, "__file__", "") or "") for module in list(sys.modules.values()))
        return not has_words(path for path in files if path.startswith(roots))


def _close_stores() -> None:
    """Let go of the workspace's database, which the script has asked for a model: who uses it again opens it."""
    store = sys.modules.get("aml_nb.core.store.store")  # of a layer above: it is there or it is not
    if store is not None:
        store.close_all()


def _open_files() -> set[tuple[str, str]]:
    found = set()
    for handle in os.listdir("/proc/self/fd"):
        try:
            found.add((handle, os.readlink(f"/proc/self/fd/{handle}")))
        except OSError:
            continue  # the one by which the folder was listed
    return found


def _threads() -> int:
    count = 0
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/comm", encoding="utf-8", errors="replace") as file:
            count += file.read().strip() != _FORKS_WELL
    return count


def _has_children() -> bool:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return bool(file.read().strip())
    except OSError:
        return True


def fork() -> int:
    """``os.fork`` with nothing left to be printed twice."""
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of the thread that listens, which waits and holds nothing
        return os.fork()


def serve(control: socket.socket, work: Callable[[int, dict[str, Any]], None]) -> None:
    """Be the copy: fork a worker whenever asked, tell how each ended; ends with the driver.

    Parameters
    ----------
    work : is called in the new process with the handle of its line and its settings, and does not return.
    """
    os.setsid()
    children: dict[int, int] = {}  # by the handle that tells that it has ended
    poll = select.poll()
    poll.register(control, select.POLLIN)
    _tell(control, {"spare": os.getpid()})
    while True:
        for handle, _ in poll.poll():
            if handle == control.fileno():
                message, handles, _, _ = socket.recv_fds(control, _MOST_MESSAGE, 3)
                if not message:
                    os._exit(0)
                pid = _start(control, json.loads(message), handles, work)
                watch = os.pidfd_open(pid)
                children[watch] = pid
                poll.register(watch, select.POLLIN)
            else:
                poll.unregister(handle)
                pid = children.pop(handle)
                os.close(handle)
                _tell(control, {"ended": pid, "code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})


def _start(
    control: socket.socket, settings: dict[str, Any], handles: list[int], work: Callable[[int, dict[str, Any]], None]
) -> int:
    pid = fork()
    if pid:
        for handle in handles:
            os.close(handle)
        _tell(control, {"started": pid, "name": settings["name"]})
        return pid
    try:
        os.setsid()
        control.close()
        line, out, err = handles
        for given, place in ((out, 1), (err, 2)):
            os.dup2(given, place)
            os.close(given)
        work(line, settings)
    except BaseException:
        import traceback

        traceback.print_exc()
    os._exit(1)


def _tell(control: socket.socket, facts: dict[str, Any]) -> None:
    control.send(json.dumps(facts).encode())
