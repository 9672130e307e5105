"""What uv said when it failed, as errors that name the pin and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core.resolve.wanted import RUNNING, Wanted
from aml_nb.engines import installers
from aml_nb.errors import UserErrorException
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from packaging.requirements import Requirement


def no_venv(name: str, version: str | None, said: str) -> UserErrorException:
    """uv made no venv: it has no such Python and cannot fetch it, or it cannot write."""
    if version is None or installers.DISK.search(said):
        return UserErrorException(
            f"The environment {name!r} cannot be written.\n{_short(said)}",
            hint="free some space, or set AML_NB_HOME to a folder with some",
        )
    return UserErrorException(
        f"The environment {name!r} asks for Python {version}, which is neither on this machine nor can be "
        f"fetched.\n{_short(said)}",
        hint=f"conda_dependencies.set_python_version({RUNNING!r}) takes the running one",
    )


def cannot_install(name: str, wanted: Wanted, tried: str, said: str) -> UserErrorException:
    """uv could not install what the environment asks for, though it tried what ``tried`` says."""
    asked = without_login(", ".join(wanted.lines()))
    if installers.DISK.search(said):
        return UserErrorException(
            f"The environment {name!r} cannot be written.\n{_short(said)}",
            hint="free some space, or set AML_NB_HOME to a folder with some",
        )
    if installers.NETWORK.search(said):
        return UserErrorException(
            f"The environment {name!r} needs packages that this Python does not have ({asked}), and the package "
            f"index cannot be reached: no network?\n{_short(said)}",
            hint="connect, or leave out the versions so that what is installed here will do (AML_NB_RELAX_PINS=1)",
        )
    culprits = _culprits(wanted.requirements, said)
    named = without_login(", ".join(map(str, culprits))) or asked
    version = wanted.python or RUNNING
    return UserErrorException(
        f"The environment {name!r} cannot be made for Python {version}: {named} "
        f"{installers.why(said)}.\nTried with uv: {tried}. It said:\n{_short(said)}",
        hint=_relax(culprits),
    )


def _culprits(requirements: list[Requirement], said: str) -> list[Requirement]:
    """The requirements that uv names: pinned ones first, for these are what can be relaxed."""
    spoken = installers.spoken(said)
    named = [r for r in requirements if installers.normal(r.name) in spoken]
    return [r for r in named if r.specifier] or named


def _relax(culprits: list[Requirement]) -> str:
    names = [r.name for r in culprits]
    first = names[0] if names else "scikit-learn"
    return (
        f"conda_dependencies.add_pip_package({first!r}) without a version (add_conda_package where conda lists it; "
        "set_pip_requirements([...]) replaces the whole pip list), or os.environ['AML_NB_RELAX_PINS'] = '1' "
        "to take == as >= everywhere"
    )


def _short(said: str) -> str:
    return "\n".join(f"  uv: {without_login(line)}" for line in installers.short(said))
