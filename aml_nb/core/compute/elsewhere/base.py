"""What compute of Azure has in common: it can be named and described, and is refused."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.configuration import ComputeTargetAttachConfiguration
from aml_nb.core.compute.refusals import nothing_to_attach
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.errors import ComputeTargetException


class Elsewhere(ComputeTarget):
    """Compute of Azure. A workspace here never has any, so that looking one up says that it is not there."""

    def _take_own(self, own: dict[str, Any]) -> None:
        raise nothing_to_attach(type(self).__name__)

    @classmethod
    def _attach(cls, workspace: Any, name: str, config: Any) -> NoReturn:
        raise nothing_to_attach(cls.__name__)

    @classmethod
    def _describe(cls, workspace: Any, config: Any) -> NoReturn:
        raise nothing_to_attach(cls.__name__)

    def __repr__(self) -> str:
        return super().__repr__()


class ElsewhereConfiguration(ComputeTargetAttachConfiguration):
    """What to attach, as v1 describes it; a constructor ends with ``validate_configuration``."""

    def validate_configuration(self) -> None:
        complaint = self._complaint()
        if complaint:
            raise ComputeTargetException(
                f"Invalid attach configuration, {complaint}",
                hint=f"{self._compute_type.__name__}.attach_configuration?",
            )

    def _complaint(self) -> str | None:
        return None


def one_of(config: Any, *ways: tuple[str, ...]) -> str | None:
    """What is wrong where the configuration names the compute in none of the ways, or in more than one."""
    begun = [way for way in ways if any(getattr(config, name) for name in way)]
    told = " or ".join(" and ".join(way) for way in ways)
    if not begun:
        return f"{told} must be given."
    if len(begun) > 1:
        return f"{told} must be given, not both."
    missing = [name for name in begun[0] if not getattr(config, name)]
    return f"{', '.join(missing)} must be given with {begun[0][0]}." if missing else None
