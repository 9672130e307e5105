"""What every kind of sample has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

ALL_SUPPORTED_VERSIONS = ("2.0", "3.0", "3.1")


class AbstractParameterType(ABC):
    """A sample of a parameter: from it come the conversion of what is sent, and its Swagger schema.

    Parameters
    ----------
    sample_input : a value like those that will be sent.
    """

    def __init__(self, sample_input: Any) -> None:
        self.sample_input = sample_input
        self.sample_data_type: type = type(sample_input)

    def supported_versions(self) -> list[str]:
        """The Swagger versions that can describe this sample."""
        return list(ALL_SUPPORTED_VERSIONS)

    @abstractmethod
    def deserialize_input(self, input_data: Any) -> Any:
        """Turn what came as JSON into a value like the sample; ValueError where it cannot be one."""

    @abstractmethod
    def input_to_swagger(self) -> dict[str, Any]:
        """The sample's Swagger schema, with the sample as its ``example``."""
