"""An ONNX model without a script: its inputs and outputs by name, its types and shapes held to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.errors import UserErrorException
from aml_nb.scoring.no_code import SAMPLES
from aml_nb.scoring.no_code.onnx_inputs import Input
from aml_nb.scoring.no_code.onnx_model import OnnxModel
from aml_nb.scoring.script_errors import InputError

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

ROWS = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]
KINDS = onnx.TensorProto


def write(
    path: Path, nodes: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any], values: Sequence[Any] = ()
) -> OnnxModel:
    """Write a graph as a file and load it."""
    helper = onnx.helper
    graph = helper.make_graph(nodes, "graph", inputs, outputs, values)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return OnnxModel.load(str(path))


def tensor(name: str, kind: int, *shape: Any) -> Any:
    return onnx.helper.make_tensor_value_info(name, kind, list(shape))


def node(kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> Any:
    return onnx.helper.make_node(kind, inputs, outputs, **attributes)


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> tuple[OnnxModel, Any]:
    """What skl2onnx makes of a classifier, and the classifier."""
    convert = pytest.importorskip("skl2onnx").to_onnx
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    features, species = load_iris(return_X_y=True)
    estimator = LogisticRegression(max_iter=1000).fit(features, species)
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    path.write_bytes(convert(estimator, features[:1].astype(np.float32)).SerializeToString())
    return OnnxModel.load(str(path)), estimator


@pytest.fixture(scope="module")
def total(tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    """The sum of the rows of whole numbers, times a factor."""
    nodes = [
        node("Cast", ["rows"], ["cast"], to=KINDS.FLOAT),
        node("ReduceSum", ["cast"], ["sum"], keepdims=0),
        node("Mul", ["sum", "factor"], ["total"]),
    ]
    inputs = [tensor("rows", KINDS.INT64, "n", 2), tensor("factor", KINDS.FLOAT, 1)]
    return write(tmp_path_factory.mktemp("onnx") / "m.onnx", nodes, inputs, [tensor("total", KINDS.FLOAT, 1)])


def asked(model: OnnxModel, *requests: Any) -> list[Any]:
    return model.score([request if isinstance(request, str) else json.dumps(request) for request in requests])


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"data": rows}, lambda rows: {"input_data": rows}])
def test_a_single_input_needs_no_name(iris: tuple[OnnxModel, Any], wrap: Any) -> None:
    model, estimator = iris

    (answer,) = asked(model, wrap(ROWS))

    assert answer["output_label"] == estimator.predict(ROWS).tolist()
    probabilities = [list(row.values()) for row in answer["output_probability"]]
    assert np.allclose(probabilities, estimator.predict_proba(ROWS), atol=1e-5)
    assert list(answer["output_probability"][0]) == ["0", "1", "2"]
    assert json.loads(json.dumps(answer)) == answer


def test_inputs_by_name(iris: tuple[OnnxModel, Any], total: OnnxModel) -> None:
    given_rows = {"rows": [[1, 2], [3, 4]], "factor": [0.5]}
    assert asked(total, given_rows, {"data": given_rows}) == [{"total": [5.0]}, {"total": [5.0]}]
    assert asked(iris[0], {"X": ROWS}) == asked(iris[0], ROWS)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("{", "The request is no JSON"),
        ("[" * 100_000, "The request is no JSON"),
        ({"data": [[1, 2, 3]]}, "has the shape [1, 3] for 'X'; the model takes 'X': tensor(float) of shape [any, 4]"),
        ({"data": [1, 2, 3, 4]}, "has the shape [4]"),
        ({"data": [[1, 2, 3, 4], [1]]}, "lists of different lengths"),
        ({"data": [["a", 1, 1, 1]]}, "has text for 'X'"),
        ({"data": [[None, 1, 1, 1]]}, "something that is no number"),
        ({"data": [[{}, 1, 1, 1]]}, "something that is no number"),
        ({"Y": ROWS}, "The request has 'Y'; the model takes 'X'"),
        ({"X": ROWS, "method": "predict"}, "The request has 'X', 'method'; the model takes"),
        ({}, "The request has nothing; the model takes"),
        ("7", "has the shape []"),
    ],
)
def test_what_does_not_fit_is_told_with_what_does(iris: tuple[OnnxModel, Any], request_: Any, told: str) -> None:
    answer, other = asked(iris[0], request_, ROWS)

    assert isinstance(answer, InputError) and told in answer.message
    assert other == asked(iris[0], ROWS)[0]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"rows": [[1.5, 2]], "factor": [1]}, "has fractions for 'rows'; the model takes 'rows': tensor(int64)"),
        ({"rows": [[1, 2**63]], "factor": [1]}, "for 'rows'"),
        ({"rows": [[1, 2]]}, "The request has 'rows'; the model takes 'rows': tensor(int64) of shape [n, 2]; 'factor'"),
        ([[1, 2]], "The model has several inputs, to be given by name"),
    ],
)
def test_several_inputs_must_all_be_there(total: OnnxModel, request_: Any, told: str) -> None:
    (answer,) = asked(total, request_)
    assert isinstance(answer, InputError) and told in answer.message


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("tensor(int8)", [127], True),
        ("tensor(int8)", [128], False),
        ("tensor(uint8)", [-1], False),
        ("tensor(bool)", [True], True),
        ("tensor(bool)", [1], False),
        ("tensor(string)", ["a"], True),
        ("tensor(string)", [1], False),
        ("tensor(double)", [1], True),
        ("tensor(float16)", [0.5], True),
    ],
)
def test_types_are_held_to(kind: str, value: list[Any], fits: bool) -> None:
    given_input = Input("x", kind, ["n"])
    if fits:
        assert given_input.array(value).tolist() == value
        return
    with pytest.raises(InputError, match="for 'x'; the model takes"):
        given_input.array(value)


def test_other_kinds_of_input_need_a_script() -> None:
    with pytest.raises(UserErrorException, match=r"input 'x' is a seq\(tensor\(float\)\)") as caught:
        Input("x", "seq(tensor(float))", [])
    assert caught.value.hint and "entry_script" in caught.value.hint


def test_records_fill_inputs_that_are_columns(tmp_path: Path) -> None:
    inputs = [tensor("name", KINDS.STRING, None, 1), tensor("age", KINDS.INT64, None, 1)]
    outputs = [tensor("who", KINDS.STRING, None, 1), tensor("old", KINDS.INT64, None, 1)]
    nodes = [node("Identity", ["name"], ["who"]), node("Add", ["age", "age"], ["old"])]
    model = write(tmp_path / "m.onnx", nodes, inputs, outputs)

    answers = asked(model, {"data": [{"name": "Ada", "age": 3}, {"name": "Alan", "age": 4}]}, {"data": [{"name": "x"}]})

    assert answers[0] == {"who": [["Ada"], ["Alan"]], "old": [[6], [8]]}
    assert "The request has 'name'; the model takes" in answers[1].message
    assert model.schemas()[0]["required"] == ["name", "age"]


def test_what_fails_inside_the_graph_is_a_failure_of_run(tmp_path: Path) -> None:
    nodes = [node("Add", ["a", "b"], ["c"])]
    inputs = [tensor("a", KINDS.FLOAT, "n"), tensor("b", KINDS.FLOAT, "m")]
    model = write(tmp_path / "m.onnx", nodes, inputs, [tensor("c", KINDS.FLOAT, "k")])

    (answer,) = asked(model, {"a": [1, 2], "b": [1, 2, 3]})

    assert isinstance(answer, Exception) and not isinstance(answer, InputError)
    assert "Add" in str(answer)


def test_rows_go_together_only_where_the_graph_is_an_estimators(iris: tuple[OnnxModel, Any], total: OnnxModel) -> None:
    assert iris[0].mergeable and not total.mergeable
    rows = {"rows": [[1, 2]], "factor": [1]}
    assert asked(total, rows, rows) == [{"total": [3.0]}] * 2  # 6.0 were the rows of both added up


features = st.floats(-10, 10, allow_nan=False, width=32)
tables = st.lists(st.lists(features, min_size=4, max_size=4), min_size=1, max_size=3)


@settings(max_examples=50, deadline=None)
@given(st.lists(tables.map(json.dumps) | st.sampled_from(['[["a"]]', "x", "[[1]]"]), min_size=1, max_size=10))
def test_together_gives_what_alone_gives(iris: tuple[OnnxModel, Any], texts: list[str]) -> None:
    model = iris[0]
    for first, second in zip(model.score(texts), [model.score([text])[0] for text in texts], strict=True):
        if isinstance(second, Exception):
            assert str(first) == str(second)
            continue
        assert first["output_label"] == second["output_label"]
        for one, other in zip(first["output_probability"], second["output_probability"], strict=True):
            assert one == pytest.approx(other, abs=1e-6)


def test_one_run_of_the_session_answers_them(iris: tuple[OnnxModel, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    model, seen = iris[0], []

    class Session:
        def run(self, outputs: Any, feed: dict[str, Any]) -> Any:
            seen.append(len(feed["X"]))
            return session.run(outputs, feed)

    session = model._session
    monkeypatch.setattr(model, "_session", Session())

    asked(model, ROWS, ROWS[:1], ROWS)

    assert seen == [5]


def test_a_file_that_is_no_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(UserErrorException, match=r"ONNX Runtime \S+ cannot load the model"):
        OnnxModel.load(str(tmp_path / "model.onnx"))


def test_the_description_is_the_models(
    iris: tuple[OnnxModel, Any], total: OnnxModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, given_back = iris[0].schemas()
    assert taken["properties"]["data"]["items"]["items"] == {"type": "number"}
    assert asked(iris[0], taken["example"]) == [given_back["example"]]
    assert total.schemas()[0]["example"] == {"rows": [[0, 0]], "factor": [0.0]}

    monkeypatch.setenv(SAMPLES, json.dumps({"input": [dict(zip("abcd", ROWS[0], strict=True))]}))
    taken, given_back = iris[0].schemas()
    assert taken["example"] == {"data": ROWS[:1]}
    assert given_back["example"]["output_label"] == [0]
