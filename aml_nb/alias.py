"""``import azureml`` reaches aml_nb: a finder of last resort, and the .pth file that brings it.

Whoever imports numpy in an enabled environment imports this module too, so it imports next to nothing.
"""

from __future__ import annotations

import os
import sys

from aml_nb import agefixes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

ROOTS = ("azureml", "azureml_inference_server_http", "inference_schema")
PTH = "aml_nb_azureml.pth"
# Run at the start of every interpreter of an enabled environment, so it imports nothing: aml_nb comes in with
# the first of its names. Where aml_nb was uninstalled, it finds nothing and says nothing.
STARTER = """
class AmlNb:
    names = {"azureml", "azureml_inference_server_http", "inference_schema", "numpy", "sklearn"}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names:
            cls.names = ()
            try:
                from aml_nb import alias
            except Exception:
                return None
            return alias.start(name, path)


sys.meta_path.insert(0, AmlNb)
"""
# site executes a line of a .pth file that begins with "import"; it must be one line.
LINE = f"import sys; exec({STARTER!r})\n"


class LastResort:
    """Answers for v1's module names after every other finder has passed."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in ROOTS:
            return None
        from aml_nb.azureml import _finding

        return _finding.find(name)


def enable_here() -> None:
    """Let ``import azureml`` reach aml_nb in this process; a genuine installation still wins."""
    if LastResort not in sys.meta_path:
        sys.meta_path.append(LastResort)
    agefixes.install()


def start(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """What the starter of an enabled environment hands over to, at the first name that concerns us."""
    enable_here()
    # The fixes went in before the place where this import's search stands.
    return agefixes.Hook.find_spec(name, path) if agefixes.Hook in sys.meta_path else None


def disable_here() -> None:
    """Take the finders and the age fixes out of this process; what is imported stays imported."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not LastResort and not _starts(finder)]
    agefixes.remove()


def enabled_here() -> bool:
    """Whether ``import azureml`` reaches aml_nb in this process."""
    return any(finder is LastResort or _starts(finder) for finder in sys.meta_path)


def _starts(finder: object) -> bool:
    return getattr(finder, "__name__", "") == "AmlNb"


def site_packages() -> str:
    """The folder of this Python environment whose .pth files are read."""
    import sysconfig

    return sysconfig.get_path("purelib")


def pth_path() -> str:
    """The file that ``enable`` writes and ``disable`` removes."""
    return os.path.join(site_packages(), PTH)


def enable() -> str:
    """Let every interpreter of this Python environment find aml_nb under v1's names.

    Returns
    -------
    The path of the one file written.

    Raises
    ------
    AmlError
        aml_nb is not installed in this environment, or its site-packages cannot be written.
    """
    from aml_nb.errors import AmlError

    if not _importable():
        raise AmlError(
            f"aml_nb is not installed in {sys.prefix}: it is imported from {os.path.dirname(__file__)}, "
            "where other interpreters of this environment do not look",
            hint=f"{sys.executable} -m pip install aml_nb",
        )
    path = pth_path()
    try:
        _write(path)
    except OSError as e:
        raise _cannot("write", path, e) from e
    enable_here()
    return path


def disable() -> str | None:
    """Undo ``enable``; the path of the file removed, None where there was none."""
    path = pth_path()
    try:
        os.remove(path)
    except FileNotFoundError:
        path = ""
    except OSError as e:
        raise _cannot("remove", path, e) from e
    disable_here()
    return path or None


def _importable() -> bool:
    """Whether an interpreter of this environment finds aml_nb without our path, folder and variables."""
    import subprocess

    code = "import importlib.util as u, sys; sys.exit(u.find_spec('aml_nb') is None)"
    return subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0


def _write(path: str) -> None:
    staged = f"{path}.{os.getpid()}"
    try:
        with open(staged, "w", encoding="utf-8") as file:
            file.write(LINE)
        os.replace(staged, path)
    except OSError:
        if os.path.exists(staged):
            os.remove(staged)
        raise


def _cannot(verb: str, path: str, error: OSError) -> Exception:
    from aml_nb.errors import AmlError

    return AmlError(
        f"cannot {verb} {path}: {error.strerror}. Only this environment's owner can let `import azureml` reach "
        "aml_nb everywhere in it",
        hint="%load_ext aml_nb (this kernel alone), or a virtual environment of your own",
    )


def status() -> Any:
    """Who answers to each of v1's names here, and where that is enabled."""
    from aml_nb.azureml._status import read

    return read()
