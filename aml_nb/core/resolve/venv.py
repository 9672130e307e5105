"""Virtual environments made by uv, kept by the hash of what is in them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from aml_nb import scoring
from aml_nb.core.resolve import uv_errors
from aml_nb.core.resolve.wanted import RUNNING, Wanted
from aml_nb.engines import installers
from aml_nb.errors import UserErrorException
from aml_nb.masking import without_login

Progress = Callable[[str], None]
_READY = "aml_nb.json"
_SHOWN = ("Resolved", "Prepared", "Installed", "Downloading", "Building", "Built", "Downloaded")


def provide(
    name: str,
    wanted: Wanted,
    lacking: list[str],
    home: Path | None,
    progress: Progress,
    also: tuple[str, ...] = scoring.REQUIREMENTS,
) -> tuple[str, str]:
    """The interpreter of the venv for ``wanted``, built if it is not there yet, and the venv's hash.

    Whoever asks for the same one meanwhile waits for it; a build that dies leaves nothing behind that counts.
    ``also`` is what aml_nb itself needs in it.
    """
    digest = wanted.digest(also)
    folder = environments_folder(home) / digest
    if _usable(folder):
        return _python(folder), digest
    try:
        with _lock(folder, progress):
            if not _usable(folder):
                shutil.rmtree(folder, ignore_errors=True)
                _build(name, wanted, lacking, folder, progress, also)
    except OSError as error:
        raise UserErrorException(
            f"The environment {name!r} cannot be kept in {folder.parent}: {error.strerror or error}.",
            hint="free some space, or set AML_NB_HOME to a folder that can be written",
            inner_exception=error,
        ) from None
    return _python(folder), digest


def is_built(wanted: Wanted, home: Path | None, also: tuple[str, ...]) -> bool:
    """Whether `provide` has nothing to build."""
    return _usable(environments_folder(home) / wanted.digest(also))


def environments_folder(home: Path | None) -> Path:
    """Where the venvs are kept."""
    given = home or os.environ.get("AML_NB_HOME")
    if given:
        return Path(given).absolute() / "cache" / "environments"
    import platformdirs

    return Path(platformdirs.user_cache_dir("aml_nb")) / "environments"


def find_uv() -> str:
    """uv's program, from its package or from the PATH."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise UserErrorException("uv is not installed, which makes the environments.", hint="pip install uv")
    return found


def _usable(folder: Path) -> bool:
    """Whether the venv was finished and its interpreter is still there (Python may have been upgraded since)."""
    return (folder / _READY).is_file() and os.access(_python(folder), os.X_OK)


def _python(folder: Path) -> str:
    return str(folder / "bin" / "python")


@contextmanager
def _lock(folder: Path, progress: Progress) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Waiting for another process that builds the same environment.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(
    name: str, wanted: Wanted, lacking: list[str], folder: Path, progress: Progress, also: tuple[str, ...]
) -> None:
    prefix = f".{folder.name[:16]}-"
    for left in folder.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    started = time.monotonic()
    more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
    progress(f"Building the environment {name}: {lacking[0]}{more}.")
    stage = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        made = stage / "environment"
        _fill(name, wanted, made, stage, progress, also)
        requirements = [without_login(line) for line in wanted.lines()]
        record = {"name": name, "python": wanted.python or RUNNING, "requirements": requirements}
        (made / _READY).write_text(json.dumps(record, indent=2), encoding="utf-8")
        os.replace(made, folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    progress(f"The environment {name} is ready ({time.monotonic() - started:.1f} s); it is kept for next time.")


def _fill(name: str, wanted: Wanted, made: Path, stage: Path, progress: Progress, also: tuple[str, ...]) -> None:
    uv = find_uv()
    failed = _run([uv, "venv", "--relocatable", "--python", _base(wanted), str(made)], progress)
    if failed is not None:
        raise uv_errors.no_venv(name, wanted.python, failed)
    install = [uv, "pip", "install", "--python", _python(made), *_asked(wanted, stage, also)]
    for attempt in _attempts(wanted, stage):
        failed = _run([*install, *attempt.options], progress)
        if failed is None:
            return
        if not attempt.go_on(failed):
            break
    raise uv_errors.cannot_install(name, wanted, attempt.tried, failed or "")


class _Attempt(NamedTuple):
    """One way to install, and whether the next one can help after what uv said."""

    tried: str
    options: list[str]
    go_on: Callable[[str], bool]


def _attempts(wanted: Wanted, stage: Path) -> Iterator[_Attempt]:
    """The ways to install, best first: running versions where none is asked for, wheels, at last from source."""
    wheels, preferred = ["--only-binary", ":all:"], wanted.preferred()
    if preferred:
        constraints = stage / "constraints.txt"
        constraints.write_text("\n".join(preferred) + "\n", encoding="utf-8")
        options = [*wheels, "--constraint", str(constraints)]
        yield _Attempt("ready-made wheels", options, installers.is_about_packages)
    yield _Attempt("ready-made wheels", wheels, installers.may_be_built)
    yield _Attempt("ready-made wheels, then building from source", [], lambda said: False)


def _asked(wanted: Wanted, stage: Path, also: tuple[str, ...]) -> list[str]:
    """uv's options for what is wanted, written to a requirements file."""
    lines, options = installers.options_of_uv(wanted.options)
    requirements = stage / "requirements.txt"
    text = "\n".join([*lines, *wanted.lines(also)])
    requirements.write_text(text + "\n", encoding="utf-8")
    return ["-r", str(requirements), *options]


def _base(wanted: Wanted) -> str:
    """The running interpreter, unless another version is asked for."""
    return wanted.python or sys.executable


def _run(command: list[str], progress: Progress) -> str | None:
    """Run uv, tell what it tells, and return its output if it failed."""
    environ = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    environ.update(UV_NO_PROGRESS="1", NO_COLOR="1", UV_PYTHON_PREFERENCE="system")
    index = environ.get("PIP_INDEX_URL")
    if index and not environ.get("UV_DEFAULT_INDEX") and not environ.get("UV_INDEX_URL"):
        environ["UV_DEFAULT_INDEX"] = index  # it may hold a login: everybody on the machine can read arguments
    said: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", env=environ
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                said.append(line.rstrip())
                if line.strip().startswith(_SHOWN):
                    progress(f"  {line.strip()}")
        except BaseException:
            process.terminate()
            raise
    if process.returncode < 0:
        said.append(f"error: uv was ended by signal {-process.returncode}")
    return ("\n".join(said) or "error: uv failed without a word") if process.returncode else None
