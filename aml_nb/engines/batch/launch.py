"""How the workers of a job are started: the same for each, made once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aml_nb.engines.batch import spec as names
from aml_nb.engines.batch.forker import Forked, Forker
from aml_nb.engines.batch.spec import BatchSpec

Process = subprocess.Popen[bytes] | Forked

_CODE = "import sys; from aml_nb.engines.batch.worker import main; main(*map(int, sys.argv[1:]))"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Launch:
    """What starts the workers of one job on this machine.

    Parameters
    ----------
    forker : has all but the first be forked, where that is safe.
    """

    def __init__(self, spec: BatchSpec, folder: Path, node: str, forker: Forker | None = None) -> None:
        self.forker = forker
        self.spec, self.folder, self.node = spec, folder.resolve(), node
        self.site = self.folder / "site"
        self._user_logs = self.folder / names.LOGS / "user"
        self._link_package()
        for kind in ("stdout", "stderr"):
            (self._user_logs / kind / node).mkdir(parents=True, exist_ok=True)
        self.variables = self._variables()

    def start(self, name: str) -> tuple[Process, socket.socket]:
        """A worker, and our end of the line to it."""
        forker = self.forker
        with self._log("stdout", name) as out, self._log("stderr", name) as err:
            if forker is not None and forker.usable:
                files = [out.fileno(), err.fileno()]
                started = self._by(lambda line: forker.start(self.settings(name), [line.fileno(), *files]))
                if started is not None:
                    return started
            # With another line: one that was forked after all, and late, must find nobody at the end of its own.
            spawned = self._by(lambda line: self._spawn(line, out, err))
        assert spawned is not None
        return spawned

    def _by(self, start: Callable[[socket.socket], Process | None]) -> tuple[Process, socket.socket] | None:
        ours, theirs = socket.socketpair()
        process = None
        try:
            with theirs:
                process = start(theirs)
        finally:
            if process is None:
                ours.close()
        return None if process is None else (process, ours)

    def _spawn(self, line: socket.socket, out: Any, err: Any) -> Process:
        handles = [line.fileno()]
        control = self.forker.take_theirs() if self.forker is not None else None
        if control is not None:
            handles.append(control.fileno())
        try:
            return subprocess.Popen(
                [self.spec.python or sys.executable, "-c", _CODE, *map(str, handles)],
                cwd=self.site,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                pass_fds=handles,
            )
        finally:
            if control is not None:
                control.close()

    def settings(self, name: str) -> dict[str, Any]:
        """What a worker is told first."""
        spec = self.spec
        return {
            "name": name,
            "script": spec.script,
            "source_directory": os.path.abspath(spec.source_directory),
            "arguments": spec.arguments,
            "keep_rows": spec.output_action == names.APPEND_ROW,
            "memory_limit_mb": spec.memory_limit_mb,
            "logging_level": spec.logging_level,
            "script_log": str(self._user_logs / "entry_script_log" / self.node / f"{name}.log.txt"),
            "output_folder": spec.output_folder or str(self.folder / "outputs"),
            "dataset": str(spec.source.get("name", "")),
        }

    def _log(self, kind: str, name: str) -> Any:
        return open(self._user_logs / kind / self.node / f"{name}.{kind}.txt", "ab")

    def _variables(self) -> dict[str, str]:
        spec = self.spec
        given = {**os.environ, **{k: v for k, v in spec.variables.items() if v is not None}}
        kept = {k: v for k, v in given.items() if spec.variables.get(k, "") is not None}
        if spec.workers > 1:
            # As many threads as there are cores in each of several processes would be in each other's way.
            threads = str(max(1, (os.cpu_count() or 1) // spec.workers))
            kept = {**dict.fromkeys(_THREADS, threads), **kept}
        paths = [path for path in kept.get("PYTHONPATH", "").split(os.pathsep) if path]
        return {**kept, "PYTHONPATH": os.pathsep.join([str(self.site), *paths])}

    def _link_package(self) -> None:
        """Make this very aml_nb importable for the environment's Python, and nothing else of ours."""
        import aml_nb

        self.site.mkdir(parents=True, exist_ok=True)
        package, link = str(Path(aml_nb.__file__).resolve().parent), self.site / "aml_nb"
        if not link.is_symlink() or os.readlink(link) != package:
            staged = self.site / f".{os.getpid()}-{threading.get_ident()}"
            os.symlink(package, staged, target_is_directory=True)
            os.replace(staged, link)
