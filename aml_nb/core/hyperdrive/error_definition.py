"""v1's definitions of HyperDrive's errors: the code, its parents and the text of each."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

from aml_nb.core.hyperdrive.error_strings import HyperDriveErrorStrings as Strings

__all__ = [
    "DictValidationInvalidArgument",
    "DistributionValidationFailure",
    "HyperDriveNotImplemented",
    "HyperDriveRunCancellationError",
    "HyperDriveTrainingError",
    "InvalidComputeTarget",
    "InvalidConfigSetting",
    "InvalidKeyInDict",
    "InvalidRunHost",
    "InvalidType",
    "MissingChoiceValues",
    "RehydratePolicyNotFound",
    "RehydrateUnknownSampling",
    "ResumeChildRunsContainsDuplicate",
    "ResumeChildRunsFromTooManyParentRuns",
    "ResumeChildRunsNotInTerminalState",
    "ResumeChildRunsWithoutParentRun",
    "WarmStartRunsDontMatch",
]


class ErrorDefinition(ABC):
    """What is known of one kind of error before it happens."""

    LOG_SAFE = "log_safe"

    @property
    @abstractmethod
    def message_format(self) -> str:
        """The text, with names in braces for what it is about."""

    @property
    def details_uri(self) -> str | None:
        """Where more is told; nowhere unless a definition says so."""
        return None

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later."""
        return False

    @property
    def use_parent_error_code(self) -> bool:
        """Whether the error goes by its parent's code."""
        return False

    @property
    def code(self) -> str:
        """The error's code: the name of its class, or of its parent's."""
        cls = type(self).__mro__[1] if self.use_parent_error_code else type(self)
        return cls.__name__

    @property
    def code_hierarchy(self) -> list[str]:
        """The codes from the root down to this one."""
        above = [cls.__name__ for cls in type(self).__mro__ if issubclass(cls, ErrorDefinition)]
        return [*reversed(above[:-1])]

    def get_root_error(self) -> str:
        """The first code of the hierarchy: ``UserError`` or ``SystemError``."""
        return self.code_hierarchy[0]

    def get_stripped_message_format(self) -> str:
        """The text without the marks that say what may be logged."""
        return re.sub(rf":{self.LOG_SAFE}(?=}})", "", self.message_format)

    def validate(self, **message_parameters: Any) -> None:
        """Raise ValueError when the text names something that is not given."""
        wanted = set(re.findall(r"{(\w+)}", self.get_stripped_message_format()))
        if missing := sorted(wanted - message_parameters.keys()):
            raise ValueError(f"{self.code} needs {', '.join(missing)} for its message")

    def __str__(self) -> str:
        return self.code

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class UserError(ErrorDefinition, ABC):
    """What was asked for cannot be right."""


class SystemError(ErrorDefinition, ABC):
    """What was asked for is right, and did not work."""


class BadArgument(UserError):
    """An argument is wrong."""

    @property
    def message_format(self) -> str:
        return "The argument {argument_name} is wrong."


class ArgumentInvalid(BadArgument):
    """An argument has a value that it must not have."""

    @property
    def message_format(self) -> str:
        return "The argument {argument_name} should be of the form {expected_type}."


class ArgumentBlankOrEmpty(BadArgument):
    """An argument has no value."""

    @property
    def message_format(self) -> str:
        return "The argument {argument_name} has no value."


class ClientError(SystemError):
    """Something on this side failed."""

    @property
    def message_format(self) -> str:
        return "{error_details}"


class DictValidationInvalidArgument(ArgumentInvalid):
    """A serialised configuration lacks something, or has too much."""

    @property
    def message_format(self) -> str:
        return Strings.DICT_VALIDATION_INVALID_ARGUMENT


class DistributionValidationFailure(ArgumentInvalid):
    """A parameter expression is no good distribution."""

    @property
    def message_format(self) -> str:
        return Strings.DISTRIBUTION_VALIDATION_FAILURE


class HyperDriveNotImplemented(ArgumentInvalid):
    """A method of every run that makes no sense for this one."""

    @property
    def message_format(self) -> str:
        return Strings.NOT_IMPLEMENTED


class HyperDriveRunCancellationError(ClientError):
    """The run could not be cancelled."""

    @property
    def message_format(self) -> str:
        return Strings.HYPERDRIVE_RUN_CANCELLATION_FAILED


class HyperDriveTrainingError(ClientError):
    """The run could not be started."""

    @property
    def message_format(self) -> str:
        return Strings.HYPERDRIVE_RUN_CREATION_FAILED


class InvalidComputeTarget(ArgumentInvalid):
    """A compute target that carries no HyperDrive run."""

    @property
    def message_format(self) -> str:
        return Strings.INVALID_COMPUTE_TARGET


class InvalidConfigSetting(ArgumentInvalid):
    """A setting has a value that it must not have."""

    @property
    def message_format(self) -> str:
        return Strings.INVALID_CONFIG_SETTING


class InvalidKeyInDict(ArgumentInvalid):
    """A dictionary lacks a key."""

    @property
    def message_format(self) -> str:
        return Strings.INVALID_KEY_IN_DICT


class InvalidRunHost(ArgumentInvalid):
    """A run is resumed on another host."""

    @property
    def message_format(self) -> str:
        return Strings.INVALID_RUN_HOST


class InvalidType(ArgumentInvalid):
    """An argument is of another type."""

    @property
    def message_format(self) -> str:
        return Strings.UNEXPECTED_TYPE


class MissingChoiceValues(ArgumentBlankOrEmpty):
    """``choice()`` without a value."""

    @property
    def message_format(self) -> str:
        return Strings.MISSING_CHOICE_VALUES


class RehydratePolicyNotFound(ArgumentInvalid):
    """A stored run has a policy that nobody knows."""

    @property
    def message_format(self) -> str:
        return Strings.REHYDRATE_POLICY_NOT_FOUND


class RehydrateUnknownSampling(ArgumentInvalid):
    """A stored run has a way of sampling that nobody knows."""

    @property
    def message_format(self) -> str:
        return Strings.REHYDRATE_UNKNOWN_SAMPLING


class ResumeChildRunsContainsDuplicate(ArgumentInvalid):
    """A run is resumed twice."""

    @property
    def message_format(self) -> str:
        return Strings.RESUME_CHILD_RUNS_CONTAINS_DUPLICATE


class ResumeChildRunsFromTooManyParentRuns(ArgumentInvalid):
    """Runs of too many parents are resumed at once."""

    @property
    def message_format(self) -> str:
        return Strings.RESUME_CHILD_RUNS_COME_FROM_TOO_MANY_PARENT_RUNS


class ResumeChildRunsNotInTerminalState(ArgumentInvalid):
    """A run that still runs is resumed."""

    @property
    def message_format(self) -> str:
        return Strings.FOUND_CHILD_RUN_NOT_IN_TERMINAL_STATE


class ResumeChildRunsWithoutParentRun(ArgumentInvalid):
    """A run that nobody's child is is resumed."""

    @property
    def message_format(self) -> str:
        return Strings.RESUME_CHILD_RUN_WITHOUT_PARENT_RUN


class WarmStartRunsDontMatch(ArgumentInvalid):
    """Runs that do not fit together are resumed."""

    @property
    def message_format(self) -> str:
        return Strings.WARM_START_RUNS_DONT_MATCH
