"""What every benchmark needs: cores, environments of peers, processes, medians, tables."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import platformdirs
import psutil

ROOT = Path(__file__).resolve().parent.parent
"""The checkout, which is what is measured."""


class BenchmarkError(Exception):
    """A benchmark that cannot be trusted: a wrong answer, a server that died."""


class NotInstalledError(BenchmarkError):
    """A peer that could not be installed here; reported, never replaced by an invented figure."""


def cache() -> Path:
    """Where peers' environments are kept between runs; ``AML_NB_BENCH_CACHE`` moves it."""
    folder = os.environ.get("AML_NB_BENCH_CACHE") or platformdirs.user_cache_dir("aml_nb_benchmarks")
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path


def cores() -> tuple[int | None, int | None]:
    """The core for the server and the one for the load; (None, None) where nothing can be pinned."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """What is started inside stays on ``core``."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def busy_seconds(core: int | None) -> float:
    """How long ``core`` has worked since the machine started, for whomever; 0.0 where nothing is pinned."""
    if core is None:
        return 0.0
    times = psutil.cpu_times(percpu=True)[core]
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def free_port() -> int:
    """A port of the loopback interface that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def uv() -> str:
    """The uv that comes with aml_nb, or the one on PATH."""
    try:
        from uv import find_uv_bin

        return find_uv_bin()
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
        if found is None:
            raise NotInstalledError("uv is not there: pip install uv") from None
        return found


def same_versions(*names: str) -> tuple[str, ...]:
    """Requirements that pin ``names`` to what runs here, so that peers load the same pickles."""
    return tuple(f"{name}=={version(name)}" for name in names)


def model_stack() -> tuple[str, ...]:
    """What a scikit-learn model is run with here, pinned: scikit-learn imports pandas, and that pyarrow, wherever
    they are installed, so that a peer without them would start sooner and hold 30 MiB less of the same model.
    """
    beside = [name for name in ("pandas", "pyarrow") if find_spec(name) is not None]
    return same_versions("scikit-learn", "numpy", "joblib", *beside)


def environment(name: str, requirements: Sequence[str]) -> Path:
    """The Python of a virtual environment holding ``requirements``; made once, kept in ``cache()``."""
    listed = "\n".join([sys.version, *sorted(requirements)])
    slug = re.sub(r"\W+", "-", name).lower()
    folder = cache() / "venvs" / f"{slug}-{hashlib.sha256(listed.encode()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for command in (
        [uv(), "venv", "--quiet", "--python", sys.executable, str(folder)],
        [uv(), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *requirements],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if done.returncode:
            raise NotInstalledError(f"{name}: {(done.stderr or done.stdout).strip()[-800:]}")
    (folder / "ready").write_text(listed)
    return python


class Process:
    """A server under measurement: started in its own group, stopped with all it started, by id."""

    def __init__(self, command: Sequence[str], folder: Path, environ: Mapping[str, str], core: int | None) -> None:
        self.output = folder / "output.txt"
        with pinned(core), self.output.open("wb") as file:
            self.popen = subprocess.Popen(
                list(command),
                cwd=folder,
                env={**clean_environ(), **environ},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.process = psutil.Process(self.popen.pid)

    def tree(self) -> list[psutil.Process]:
        """The process and everything it started that still lives."""
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def memory(self) -> int:
        """Proportional set size of the tree in bytes (unique set size where there is no such figure)."""
        total = 0
        for process in self.tree():
            try:
                info = process.memory_full_info()
            except psutil.NoSuchProcess:
                continue
            total += getattr(info, "pss", info.uss)
        return total

    def cpu(self) -> float:
        """Seconds of processor time the tree has used so far."""
        total = 0.0
        for process in self.tree():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    def wait_until_answers(self, url: str, seconds: float = 120.0) -> None:
        """Return once GET ``url`` gives a 2xx; raise with the output's end when the process ends first."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.popen.poll() is not None:
                raise BenchmarkError(f"ended with {self.popen.returncode} before it answered:\n{self.tail()}")
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise BenchmarkError(f"{url} did not answer within {seconds:.0f} s:\n{self.tail()}")

    def tail(self, count: int = 1500) -> str:
        """The end of what it printed."""
        return self.output.read_text(errors="replace")[-count:]

    def stop(self, patience: float = 15.0) -> None:
        """Ask the first process to end, then end what is left of its tree."""
        tree = self.tree()
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        _, left = psutil.wait_procs(tree, timeout=patience)
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        psutil.wait_procs(left, timeout=5)
        self.popen.wait(timeout=5)


def clean_environ() -> dict[str, str]:
    """The environment without what would steer a peer's Python or web server."""
    dropped = ("PYTHON", "VIRTUAL_ENV", "AZUREML_", "AML_", "GUNICORN_", "MLFLOW_", "BENTOML_", "MLSERVER_")
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float = 60.0) -> bytes:
    """One POST; the body of a 200, else BenchmarkError."""
    sent = {"Content-Type": "application/json", **headers}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, sent), timeout=seconds) as answer:
            data: bytes = answer.read()
    except urllib.error.HTTPError as error:
        said = error.read()[:600].decode(errors="replace")
        raise BenchmarkError(f"{url} answered {error.code}: {said}") from error
    return data


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": [round(x, 2) for x in os.getloadavg()],
        "taken": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def median(values: Sequence[float]) -> float:
    """The median, or NaN of nothing."""
    return statistics.median(values) if values else float("nan")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "  ".join([cells[0].ljust(widths[0]), *rest]).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def write_json(path: str | None, data: Mapping[str, Any]) -> None:
    """Write the figures where ``--json`` said."""
    if path:
        Path(path).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
