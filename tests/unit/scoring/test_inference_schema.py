"""Samples: what they convert, what they refuse, and how they are described."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType
from aml_nb.scoring.inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType as N
from aml_nb.scoring.inference_schema.parameter_types.pandas_parameter_type import PandasParameterType as P
from aml_nb.scoring.inference_schema.parameter_types.spark_parameter_type import SparkParameterType
from aml_nb.scoring.inference_schema.parameter_types.standard_py_parameter_type import (
    StandardPythonParameterType as S,
)
from aml_nb.scoring.inference_schema.schema_decorators import input_schema, output_schema
from aml_nb.scoring.inference_schema.schema_util import (
    get_input_schema,
    get_output_schema,
    get_schemas_dict,
    get_supported_versions,
    is_schema_decorated,
)


def convert(sample: AbstractParameterType, value: Any) -> Any:
    """What a decorated function is handed."""
    return input_schema("a", sample)(lambda a: a)(a=value)


# -- Python's own types -----------------------------------------------------------------------------

INT = {"type": "integer", "format": "int64"}
FLOAT = {"type": "number", "format": "double"}
STR = {"type": "string"}


@pytest.mark.parametrize(
    ("sample", "schema"),
    [
        (1, {**INT, "example": 1}),
        (1.5, {**FLOAT, "example": 1.5}),
        ("s", {**STR, "example": "s"}),
        (True, {"type": "boolean", "example": True}),
        ([1], {"type": "array", "items": INT, "example": [1]}),
        ([], {"type": "array", "items": {"type": "object"}, "example": []}),
        ([1, "a"], {"type": "array", "items": STR, "example": [1, "a"]}),
        (range(2), {"type": "array", "items": INT, "example": [0, 1]}),
        (
            {"a": {"b": [1]}},
            {
                "type": "object",
                "required": ["a"],
                "properties": {
                    "a": {"type": "object", "required": ["b"], "properties": {"b": {"type": "array", "items": INT}}}
                },
                "example": {"a": {"b": [1]}},
            },
        ),
        (b"x", {"type": "string", "format": "byte", "example": "eA=="}),
        (
            datetime(2020, 1, 2, 3, 4, 5),
            {"type": "string", "format": "date-time", "example": "2020-01-02 03:04:05.000000 +0000"},
        ),
        (date(2020, 1, 2), {"type": "string", "format": "date", "example": "2020-01-02"}),
        (time(3, 4, 5), {"type": "string", "format": "time", "example": "03:04:05.000000 +0000"}),
        (
            {"n": N(np.array([1.0])), "k": 2},
            {
                "type": "object",
                "required": ["n", "k"],
                "properties": {"n": {"type": "array", "items": FLOAT, "format": "numpy.ndarray"}, "k": INT},
                "example": {"n": [1.0], "k": 2},
            },
        ),
    ],
    ids=lambda v: type(v).__name__,
)
def test_python_samples_are_described(sample: object, schema: dict[str, Any]) -> None:
    assert S(sample).input_to_swagger() == schema


@pytest.mark.parametrize("sample", [{1}, 1j, object(), [np.int64(3)], timedelta(1)], ids=lambda s: type(s).__name__)
def test_samples_that_json_cannot_hold(sample: object) -> None:
    with pytest.raises(TypeError, match="cannot be shown as JSON"):
        input_schema("a", S(sample))(lambda a: a)


def test_none_is_no_sample() -> None:
    with pytest.raises(ValueError, match="cannot be None"):
        S(None).input_to_swagger()


@pytest.mark.parametrize(
    ("sample", "value", "result"),
    [
        (1.5, 1, 1),
        (1, True, True),
        ([1], ["a"], ["a"]),
        ({"a": 1}, {"b": 2}, {"b": 2}),
        ((1, 2), [3, 4], (3, 4)),
        (b"x", "eA==", b"x"),
        (bytearray(b"x"), "eA==", bytearray(b"x")),
        (date(2020, 1, 1), "2021-02-03", date(2021, 2, 3)),
        (datetime(2020, 1, 1), "2020-01-02", datetime(2020, 1, 2)),
        (datetime(2020, 1, 1), "2020-01-02T03:04:05", datetime(2020, 1, 2, 3, 4, 5)),
        (datetime(2020, 1, 1), "2020-01-02 03:04:05,25", datetime(2020, 1, 2, 3, 4, 5, 250000)),
        (datetime(2020, 1, 1), "2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        (time(1), "03:04:05.25", time(3, 4, 5, 250000)),
        (time(1), "3:4", time(3, 4)),
    ],
    ids=str,
)
def test_python_values_are_converted(sample: object, value: object, result: object) -> None:
    converted = convert(S(sample), value)
    assert converted == result
    assert type(converted) is type(result)


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (1, 1.0),
        (1, "1"),
        (1, None),
        (1.5, "1"),
        (1.5, True),
        ("s", 1),
        (True, 1),
        ([1], (1,)),
        ({"a": 1}, [1]),
        (b"x", "no base64!"),
        (date(2020, 1, 1), 5),
        (datetime(2020, 1, 1), "2020-13-45"),
        (range(3), [0, 1]),
    ],
    ids=str,
)
def test_python_values_that_do_not_fit(sample: object, value: object) -> None:
    with pytest.raises(ValueError, match=r"^a: "):
        convert(S(sample), value)


@settings(deadline=None)
@given(st.datetimes(timezones=st.none() | st.sampled_from([timezone.utc, timezone(timedelta(hours=-5, minutes=-30))])))
def test_every_moment_comes_back_from_its_text(moment: datetime) -> None:
    assert convert(S(datetime(2020, 1, 1)), moment.isoformat()) == moment
    shown = S(moment).input_to_swagger()["example"] if moment.year > 999 else None
    if shown:
        assert convert(S(moment), shown) == moment.replace(tzinfo=moment.tzinfo or timezone.utc)


@settings(deadline=None)
@given(st.binary())
def test_bytes_come_back_from_their_text(data: bytes) -> None:
    assert convert(S(b""), S(data).input_to_swagger()["example"]) == data


SAMPLES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(SAMPLES)
def test_a_sample_fits_itself_and_is_its_own_example(sample: Any) -> None:
    described = json.loads(json.dumps(S(sample).input_to_swagger()))
    assert described["example"] == sample
    assert convert(S(sample), described["example"]) == sample
    assert _fits(described["example"], described)


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    kinds = {"object": dict, "array": list, "string": str, "number": float, "integer": int, "boolean": bool}
    if schema["type"] == "object":
        return set(schema.get("required", ())) <= set(value) and all(
            _fits(value[name], inner) for name, inner in schema.get("properties", {}).items()
        )
    if schema["type"] == "array":
        return not value or schema["items"] == {"type": "object"} or _fits(value[-1], schema["items"])
    return isinstance(value, kinds[schema["type"]])


def test_samples_inside_a_dict_or_a_list_convert_what_stands_there() -> None:
    sample = S({"n": N(np.array([1.0])), "d": P(pd.DataFrame({"q": [1]})), "rest": 1})
    result = convert(sample, {"n": [2], "d": [{"q": 3}], "rest": "kept", "more": 0})
    assert result["n"].dtype == np.float64
    assert result["d"]["q"].tolist() == [3]
    assert (result["rest"], result["more"]) == ("kept", 0)
    arrays = convert(S([N(np.array([1.0]))]), [[1], [2]])
    assert [a.tolist() for a in arrays] == [[1.0], [2.0]]
    number, array = convert(S([S(1), N(np.array([1]))]), [5, [6]])
    assert (number, array.tolist()) == (5, [6])
    with pytest.raises(ValueError, match=r"a\['n'\]: Invalid input format"):
        convert(sample, {"n": "text"})


# -- NumPy ------------------------------------------------------------------------------------------

ARRAYS = npst.arrays(
    dtype=st.one_of(npst.integer_dtypes(), npst.boolean_dtypes(), npst.floating_dtypes(sizes=(32, 64))),
    shape=npst.array_shapes(max_dims=3, max_side=4),
    elements={"allow_nan": False, "allow_infinity": False},
)


@settings(deadline=None)
@given(ARRAYS)
def test_arrays_come_back_from_json(array: Any) -> None:
    sent = json.loads(json.dumps(array.tolist()))
    result = convert(N(array), sent)
    assert result.dtype == array.dtype.newbyteorder("=") or result.dtype == array.dtype
    np.testing.assert_array_equal(result, array)
    assert N(array).input_to_swagger()["example"] == sent


@pytest.mark.parametrize(
    ("dtype", "items"),
    [
        ("int32", {"type": "integer", "format": "int32"}),
        ("uint8", {"type": "integer", "format": "uint8"}),
        ("float32", {"type": "number", "format": "float"}),
        ("float64", FLOAT),
        ("bool", {"type": "boolean"}),
        ("U3", STR),
        ("S3", {"type": "string", "format": "binary"}),
        ("datetime64[D]", {"type": "string", "format": "date-time"}),
        ("timedelta64[s]", {"type": "string", "format": "timedelta"}),
        ("object", {"type": "object"}),
    ],
)
def test_dtypes_are_described(dtype: str, items: dict[str, Any]) -> None:
    schema = N(np.zeros((1, 2), dtype=dtype)).input_to_swagger()
    assert schema["items"] == {"type": "array", "items": items}
    assert schema["format"] == "numpy.ndarray"
    json.dumps(schema)


def test_structured_arrays_take_rows_as_lists_or_dicts() -> None:
    sample = N(np.array([(1, "a")], dtype=[("x", int), ("y", "U5")]))
    assert sample.input_to_swagger() == {
        "type": "array",
        "items": {"type": "object", "properties": {"x": INT, "y": STR}},
        "example": [{"x": 1, "y": "a"}],
        "format": "numpy.ndarray",
    }
    assert convert(sample, [[2, "b"], {"y": "c", "x": 3}]).tolist() == [(2, "b"), (3, "c")]


def test_text_is_not_cut_to_the_samples_length() -> None:
    assert convert(N(np.array(["a"])), ["abcdef"]).tolist() == ["abcdef"]


def test_moments_in_arrays() -> None:
    sample = N(np.array(["2020-01-02T03:04:05"], dtype="datetime64[s]"))
    example = sample.input_to_swagger()["example"]
    assert example == ["2020-01-02 03:04:05,000000"]
    assert convert(sample, example) == sample.sample_input
    spans = N(np.array([90], dtype="timedelta64[s]"))
    assert convert(spans, spans.input_to_swagger()["example"]) == spans.sample_input


SHAPED = np.array([[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([[1, 2, 3]], "size 3 on dimension #1, while expected value is 2"),
        ([1, 2], "2 dimensions is expected; input has 1"),
        ([], "2 dimensions is expected"),
        ([[["x", "y"]]], "invalid literal|dimensions"),
        ([["a", "b"]], "invalid literal"),
        ([[1, 2], [3]], "inhomogeneous|sequence"),
        ("text", "expected an array"),
        (5, "expected an array"),
        (None, "expected an array"),
        ({"a": 1}, "expected an array"),
    ],
)
def test_arrays_that_do_not_fit(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        convert(N(SHAPED), value)


def test_what_need_not_be_enforced() -> None:
    assert convert(N(SHAPED, enforce_shape=False), [1, 2, 3]).shape == (3,)
    assert convert(N(SHAPED, enforce_column_type=False), [[1.5, 2.5]]).dtype == np.float64
    assert convert(N(SHAPED), [["1", "2"], [3, 4], [5, 6]]).tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("sample", [[1, 2], 5, None])
def test_a_numpy_sample_is_an_array(sample: object) -> None:
    with pytest.raises(ValueError, match="must be a NumPy array"):
        N(sample)


# -- pandas -----------------------------------------------------------------------------------------

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [1.5, 2.5], "d": [True, False]})
ROW = {"a": 3, "b": "q", "c": 1, "d": True}


@pytest.mark.parametrize("orient", ["split", "records", "index", "columns", "table"])
def test_frames_come_back_from_their_example_in_every_orientation(orient: str) -> None:
    sample = P(FRAME, orient=orient)
    schema = sample.input_to_swagger()
    assert schema["format"] == f"pandas.DataFrame:{orient}"
    result = convert(sample, json.loads(json.dumps(schema["example"])))
    pd.testing.assert_frame_equal(result, FRAME, check_index_type=False, check_column_type=False)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans()
        ),
        min_size=1,
        max_size=8,
    )
)
def test_records_of_any_numbers_keep_the_samples_dtypes(rows: list[tuple[int, float, bool]]) -> None:
    sample = pd.DataFrame({"i": [1], "f": [0.5], "b": [True]})
    sent = json.loads(json.dumps([dict(zip("ifb", row, strict=True)) for row in rows]))
    result = convert(P(sample), sent)
    assert [str(t) for t in result.dtypes] == ["int64", "float64", "bool"]
    assert [tuple(row) for row in result.itertuples(index=False)] == rows


def test_records_are_described() -> None:
    assert P(FRAME).input_to_swagger()["items"] == {
        "type": "object",
        "required": ["a", "b", "c", "d"],
        "properties": {"a": INT, "b": STR, "c": FLOAT, "d": {"type": "boolean"}},
    }
    moments = pd.DataFrame({"t": pd.to_datetime(["2020-01-02"]), "s": pd.to_timedelta(["1s"])})
    properties = P(moments).input_to_swagger()["items"]["properties"]
    assert properties == {
        "t": {"type": "string", "format": "date-time"},
        "s": {"type": "string", "format": "timedelta"},
    }


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (pd.to_datetime(["2020-01-02"]), "2021-01-01T10:00:00", pd.Timestamp("2021-01-01T10:00:00")),
        (pd.to_datetime(["2020-01-02"], utc=True), "2021-01-01T00:00:00Z", pd.Timestamp("2021-01-01", tz="UTC")),
        (pd.to_timedelta(["1s"]), "P1DT0H0M0S", pd.Timedelta(days=1)),
        (pd.Categorical(["u", "v"])[:1], "v", "v"),
    ],
    ids=["datetime", "datetime-utc", "timedelta", "category"],
)
def test_columns_of_other_kinds(column: Any, value: str, expected: object) -> None:
    sample = pd.DataFrame({"k": column})
    result = convert(P(sample), [{"k": value}])
    assert result["k"][0] == expected
    assert result["k"].dtype == sample["k"].dtype


@pytest.mark.parametrize(
    ("options", "value", "said"),
    [
        ({}, [{"a": 3, "b": "q"}], "size 2 on dimension #1, while expected value is 4"),
        ({}, [{**ROW, "e": 5}], "size 5 on dimension #1"),
        ({}, [{**ROW, "a": "x"}], "column 'a' cannot be read as int64"),
        ({}, [{**ROW, "a": None}], "column 'a'"),
        ({}, 5, "cannot be made of int"),
        ({}, "text", "cannot be made of str"),
        ({}, None, "cannot be made of NoneType"),
        ({"orient": "split"}, [ROW], "sent as a JSON object"),
        ({"orient": "split"}, {"columns": ["a"]}, "sent as"),
        ({"apply_column_names": True}, [[1, "q"]], "size 2 on dimension #1"),
    ],
)
def test_frames_that_do_not_fit(options: dict[str, Any], value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        convert(P(FRAME, **options), value)


def test_column_names_of_the_sample_are_applied_when_asked() -> None:
    sent = [{"w": 3, "x": "q", "y": 1, "z": True}]
    named = convert(P(FRAME, apply_column_names=True), sent)
    assert list(named.columns) == ["a", "b", "c", "d"]
    assert named["c"].dtype == np.float64
    assert list(convert(P(FRAME), sent).columns) == ["w", "x", "y", "z"]
    assert list(convert(P(FRAME, enforce_shape=False), [{"a": 1}]).columns) == ["a"]
    assert str(convert(P(FRAME, enforce_column_type=False), [ROW])["c"].dtype) == "int64"


def test_the_clients_columns_keep_their_order() -> None:
    assert list(convert(P(FRAME), [{"b": "q", "a": 3, "c": 1, "d": True}]).columns) == ["b", "a", "c", "d"]


def test_number_labels_are_found_by_their_text() -> None:
    result = convert(P(pd.DataFrame([[1, 2]])), [{"0": 5, "1": 6}])
    assert list(result.columns) == [0, 1]


def test_what_is_converted_is_not_the_callers_frame() -> None:
    mine = FRAME.copy()
    result = convert(P(FRAME, apply_column_names=True), mine)
    result.loc[0, "a"] = 99
    assert mine.loc[0, "a"] == 1


@pytest.mark.parametrize("bad", [lambda: P([1]), lambda: P(FRAME["a"]), lambda: P(FRAME, orient="rows")])
def test_pandas_samples_that_are_none(bad: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="DataFrame|orient"):
        bad()


# -- the decorators ---------------------------------------------------------------------------------


@input_schema("n", N(np.array([1, 2])))
@input_schema("d", P(pd.DataFrame({"a": [1]})), convert_to_provided_type=False)
@input_schema("o", S("q"), optional=True)
@output_schema(N(np.array([1.0])))
def run(n: Any, d: Any, o: Any = "default", plain: Any = 7) -> list[Any]:
    """Say what came."""
    return [n, d, o, plain]


def test_a_decorated_function_keeps_its_name_and_signature() -> None:
    assert list(inspect.signature(run).parameters) == ["n", "d", "o", "plain"]
    assert (run.__name__, run.__doc__) == ("run", "Say what came.")


def test_arguments_are_converted_by_name_and_by_position() -> None:
    for n, d, o, plain in (run(n=[1, 2], d="as it came"), run([1, 2], "as it came")):
        assert isinstance(n, np.ndarray)
        assert (d, o, plain) == ("as it came", "default", 7)
    assert run([1], 0, None)[2] is None
    with pytest.raises(ValueError, match=r"^o: "):
        run([1], 0, o=3)


def test_none_is_taken_only_where_it_is_optional() -> None:
    assert input_schema("a", S(1), optional=True)(lambda a=5: a)(a=None) is None
    with pytest.raises(ValueError, match="NoneType"):
        input_schema("a", S(1))(lambda a=5: a)(a=None)


def test_methods_can_be_decorated() -> None:
    class Model:
        @input_schema("n", N(np.array([1, 2])))
        def predict(self, n: Any) -> Any:
            return n

    assert isinstance(Model().predict([3, 4]), np.ndarray)


def test_schemas_of_a_function() -> None:
    assert get_input_schema(run) == {
        "type": "object",
        "properties": {
            "n": {"type": "array", "items": INT, "format": "numpy.ndarray"},
            "d": {
                "type": "array",
                "items": {"type": "object", "required": ["a"], "properties": {"a": INT}},
                "format": "pandas.DataFrame:records",
            },
            "o": STR,
            "plain": {},
        },
        "example": {"n": [1, 2], "d": [{"a": 1}], "o": "q", "plain": ""},
    }
    assert get_output_schema(run) == N(np.array([1.0])).input_to_swagger()
    assert get_schemas_dict()[f"{__name__}.run"] == {
        "input_schema": get_input_schema(run),
        "output_schema": get_output_schema(run),
    }
    assert is_schema_decorated(run)


def test_functions_without_samples() -> None:
    def plain(a: Any) -> Any:
        return a

    assert not is_schema_decorated(plain)
    assert get_input_schema(plain) == get_output_schema(plain) == {"type": "object"}
    assert get_supported_versions(plain) == ["2.0", "3.0", "3.1"]
    described = output_schema(S([1]))(plain)
    assert get_input_schema(described) == {"type": "object"}
    assert is_schema_decorated(described)
    assert not is_schema_decorated(plain)


def test_the_schema_is_seen_through_another_decorator() -> None:
    @functools.wraps(run)
    def outer(*args: Any, **kwargs: Any) -> Any:
        return run(*args, **kwargs)

    assert get_input_schema(outer) == get_input_schema(run)


class Upper(AbstractParameterType):
    """A sample type of one's own."""

    def supported_versions(self) -> list[str]:
        return ["2.0"]

    def deserialize_input(self, input_data: Any) -> Any:
        return input_data.upper()

    def input_to_swagger(self) -> dict[str, Any]:
        return {"type": "string", "example": self.sample_input}


def test_own_parameter_types_work_and_limit_the_versions() -> None:
    @input_schema("a", Upper("z"))
    @input_schema("b", S(1))
    def both(a: Any, b: Any) -> Any:
        return a, b

    assert both(a="x", b=2) == ("X", 2)
    assert get_supported_versions(both) == ["2.0"]
    assert Upper("z").sample_data_type is str


@pytest.mark.parametrize("wrong", [lambda: input_schema("a", 3), lambda: output_schema("text")])  # type: ignore[arg-type]
def test_a_schema_takes_a_parameter_type(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="takes a parameter type"):
        wrong()


def test_a_name_that_is_no_parameter_is_told_when_called() -> None:
    with pytest.raises(ValueError, match="'zz' of @input_schema is no parameter of named"):
        input_schema("zz", S(1))(named)(1)


def named(a: Any) -> Any:
    """A function with a name to be told."""
    return a


def test_spark_samples_need_pyspark() -> None:
    with pytest.raises(ImportError, match="pyspark"):
        SparkParameterType(None)
