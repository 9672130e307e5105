"""What is sent to a published pipeline: JSON as v1's REST has it, read without a surprise."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aml_nb.core.pipelines.calling import Call
from aml_nb.errors import UserErrorException

Plain = str | bool | int | float
_EXAMPLE = 'json={"ExperimentName": "batch", "ParameterAssignments": {"name": "value"}}'


class DataPathAssignment(BaseModel):
    """A place in a datastore."""

    DataStoreName: str
    RelativePath: str | None = None


class DatasetReference(BaseModel):
    """A dataset by id, or by name and version."""

    Id: str | None = None
    Name: str | None = None
    Version: str | int | None = None


class DatasetAssignment(BaseModel):
    """A dataset."""

    SavedDataSetReference: DatasetReference | None = None
    RegisteredDataSetReference: DatasetReference | None = None


class Submission(BaseModel):
    """A call of a published pipeline."""

    model_config = ConfigDict(extra="ignore")

    ExperimentName: str = Field(description="The experiment that the run belongs to.", min_length=1)
    ParameterAssignments: dict[str, Plain] | None = Field(None, description="Values of parameters, by name.")
    DataPathAssignments: dict[str, DataPathAssignment] | None = Field(
        None, description="Values of DataPath parameters."
    )
    DataSetDefinitionValueAssignments: dict[str, DatasetAssignment] | None = Field(
        None, description="Values of dataset parameters."
    )
    RunSource: str | None = Field(None, description="Who calls; kept with the run.")
    RunType: str | int | None = Field(None, description="Kept with the run.")
    Description: str | None = Field(None, description="Of the run.")
    ParentRunId: str | None = Field(None, description="The run that this one is a child of.")
    ContinueRunOnStepFailure: bool | None = Field(None, description="Go on with other steps when one fails.")
    EnableNotification: bool | None = Field(None, description="Taken, and of no effect here.")
    Tags: dict[str, Plain | None] | None = Field(None, description="Of the run.")
    Properties: dict[str, Plain | None] | None = Field(None, description="Of the run.")

    def call(self) -> Call:
        """What is asked of the pipeline."""
        return Call(
            self.ExperimentName,
            self.assignments(),
            continue_on_step_failure=self.ContinueRunOnStepFailure,
            parent_run_id=self.ParentRunId,
            source=self.RunSource or "Unavailable",
            kind=str(self.RunType or "HTTP"),
            description=self.Description,
            tags=_texts(self.Tags),
            properties=_texts(self.Properties),
            request=self.model_dump(
                include={"ParameterAssignments", "DataPathAssignments", "DataSetDefinitionValueAssignments"},
                exclude_none=True,
            ),
        )

    def assignments(self) -> dict[str, Any]:
        """The values of all kinds of parameters; UserErrorException where one is told twice."""
        found: dict[str, Any] = {}
        for name in ("ParameterAssignments", "DataPathAssignments", "DataSetDefinitionValueAssignments"):
            given = self.model_dump(include={name}, exclude_none=True).get(name, {})
            twice = found.keys() & given.keys()
            if twice:
                raise UserErrorException(
                    f"The parameter {min(twice)!r} is told twice, once in {name}.",
                    hint=f"leave {min(twice)!r} out of one",
                )
            found.update(given)
        return found


_NAMES = {name.lower(): name for name in Submission.model_fields}


def read(body: bytes) -> Submission:
    """The call that a body says.

    Names may be written in any case, as v1's service takes them.

    Raises
    ------
    UserErrorException : it is no JSON, or not what a call looks like.
    """
    try:
        told = json.loads(body, parse_constant=_no_number)
        json.dumps(told, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        what = "is empty" if not body.strip() else f"is no JSON: {error}"
        raise UserErrorException(
            f"The body of the request {what}.", hint=f"requests.post(endpoint, …, {_EXAMPLE})"
        ) from None
    if not isinstance(told, dict):
        raise UserErrorException(
            f"The body of the request is a JSON {type(told).__name__}; it has to be an object.", hint=_EXAMPLE
        )
    try:
        return Submission.model_validate({_NAMES.get(key.lower(), key): value for key, value in told.items()})
    except ValidationError as error:
        raise UserErrorException(f"The body of the request does not fit: {_said(error)}.", hint=_EXAMPLE) from None


def _texts(given: dict[str, Plain | None] | None) -> dict[str, str]:
    """Tags are text; v1's service takes numbers for what they look like."""
    return {key: "" if value is None else str(value) for key, value in (given or {}).items()}


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON's")


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"][:2])
    return f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}"
