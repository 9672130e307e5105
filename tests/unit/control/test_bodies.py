"""Bodies of requests are either understood or refused in words, whatever is in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.control import bodies
from aml_nb.errors import UserErrorException

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*bodies.Submission.model_fields, "experimentname", "other"])


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=6) | JSON)
def test_any_json_is_a_call_or_told_why_not(told: Any) -> None:
    try:
        found = bodies.read(json.dumps(told).encode())
        call = found.call()
    except UserErrorException as error:
        assert error.hint and error.status == 400
    else:
        assert call.experiment_name and isinstance(call.assignments, dict)
        json.dumps(call.request)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_told_why_not(body: bytes) -> None:
    with pytest.raises(UserErrorException):
        bodies.read(body)


@pytest.mark.parametrize(
    "text",
    [
        '{"ExperimentName": "e", "Description": "\\ud800"}',
        '{"ExperimentName": "e", "ParameterAssignments": {"r": NaN}}',
    ],
)
def test_what_json_has_not_is_told(text: str) -> None:
    with pytest.raises(UserErrorException, match="no JSON"):
        bodies.read(text.encode())


def test_tags_become_text() -> None:
    told = {"ExperimentName": "e", "tags": {"a": 1, "b": None, "c": "x"}, "Properties": {"d": 0.5}}
    call = bodies.read(json.dumps(told).encode()).call()
    assert (call.tags, call.properties) == ({"a": "1", "b": "", "c": "x"}, {"d": "0.5"})


def test_a_whole_call() -> None:
    told = {
        "ExperimentName": "e",
        "ParameterAssignments": {"a": "1", "b": 2, "c": 0.5, "d": True},
        "DataPathAssignments": {"p": {"DataStoreName": "store", "RelativePath": "folder"}},
        "DataSetDefinitionValueAssignments": {"s": {"SavedDataSetReference": {"Id": "i"}}},
        "RunSource": "SDK",
        "RunType": "HTTP",
        "ParentRunId": "parent",
        "ContinueRunOnStepFailure": True,
        "EnableNotification": True,
    }
    call = bodies.read(json.dumps(told).encode()).call()
    assert call.assignments == {
        "a": "1",
        "b": 2,
        "c": 0.5,
        "d": True,
        "p": {"DataStoreName": "store", "RelativePath": "folder"},
        "s": {"SavedDataSetReference": {"Id": "i"}},
    }
    assert (call.source, call.kind, call.parent_run_id, call.continue_on_step_failure) == (
        "SDK",
        "HTTP",
        "parent",
        True,
    )
    assert type(call.assignments["d"]) is bool and type(call.assignments["b"]) is int


def test_a_parameter_that_is_told_twice_is_refused() -> None:
    told = {
        "ExperimentName": "e",
        "ParameterAssignments": {"p": "1"},
        "DataPathAssignments": {"p": {"DataStoreName": "store"}},
    }
    with pytest.raises(UserErrorException, match="'p' is told twice"):
        bodies.read(json.dumps(told).encode()).call()
