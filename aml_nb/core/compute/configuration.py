"""Bases of the configurations that make, attach and change compute targets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class ComputeTargetProvisioningConfiguration(ABC):
    """Base of the configurations that ``ComputeTarget.create`` takes.

    Parameters
    ----------
    type : the class of compute target.
    location : where v1 would make it; noted.
    """

    def __init__(self, type: type[Any], location: str | None) -> None:
        self._compute_type = type
        self.location = location

    @abstractmethod
    def validate_configuration(self) -> None:
        """Raise ComputeTargetException where the values cannot go together."""


class ComputeTargetAttachConfiguration(ABC):
    """Base of the configurations that ``ComputeTarget.attach`` takes.

    Parameters
    ----------
    type : the class of compute target.
    """

    def __init__(self, type: type[Any]) -> None:
        self._compute_type = type

    @abstractmethod
    def validate_configuration(self) -> None:
        """Raise ComputeTargetException where the values cannot go together."""


class ComputeTargetUpdateConfiguration(ABC):
    """Base of the configurations that ``update`` takes.

    Parameters
    ----------
    compute : the class of compute target.
    """

    def __init__(self, type: type[Any]) -> None:
        self._compute_type = type

    @abstractmethod
    def validate_configuration(self) -> None:
        """Raise ComputeTargetException where the values cannot go together."""
