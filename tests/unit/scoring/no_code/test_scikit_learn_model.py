"""A scikit-learn model without a script: what a request may hold, what it is answered with, what goes together."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import NMF
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from aml_nb.errors import UserErrorException
from aml_nb.scoring.no_code import SAMPLES
from aml_nb.scoring.no_code.independence import rows_are_independent
from aml_nb.scoring.no_code.scikit_learn_model import ScikitLearnModel
from aml_nb.scoring.script_errors import InputError

FEATURES, SPECIES = load_iris(return_X_y=True)
NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
FRAME = pd.DataFrame(FEATURES, columns=NAMES)
ROWS = FEATURES[::30].tolist()
PEOPLE = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", None], "age": [30.0, 40.0, None, 20.0]})


def classifier() -> Any:
    return LogisticRegression(max_iter=1000)


@pytest.fixture(scope="module")
def plain() -> ScikitLearnModel:
    """Fitted on an array."""
    return ScikitLearnModel(classifier().fit(FEATURES, SPECIES))


@pytest.fixture(scope="module")
def named() -> ScikitLearnModel:
    """Fitted on a data frame."""
    return ScikitLearnModel(classifier().fit(FRAME, SPECIES))


@pytest.fixture(scope="module")
def people() -> ScikitLearnModel:
    """Numbers and text under names, some of them missing."""
    columns = [
        (
            "city",
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
            ["city"],
        ),
        ("age", SimpleImputer(), ["age"]),
    ]
    return ScikitLearnModel(make_pipeline(ColumnTransformer(columns), LinearRegression()).fit(PEOPLE, [1, 2, 3, 4]))


def asked(model: ScikitLearnModel, *requests: Any) -> list[Any]:
    return model.score([request if isinstance(request, str) else json.dumps(request) for request in requests])


def one(model: ScikitLearnModel, request: Any) -> Any:
    return asked(model, request)[0]


def predictions(frame: Any, estimator: Any = None) -> list[Any]:
    return list((estimator or classifier().fit(FEATURES, SPECIES)).predict(frame).tolist())


@pytest.mark.parametrize(
    "request_",
    [
        {"data": ROWS, "method": "predict"},
        {"method": "predict", "input_data": ROWS},
        {"data": {"columns": NAMES, "data": ROWS}, "method": "predict"},
        {"columns": NAMES, "data": ROWS, "index": [1, 2, 3, 4, 5], "method": "predict"},
    ],
    ids=["data", "input_data", "split", "split at the top"],
)
def test_every_form_gives_the_models_predictions(
    plain: ScikitLearnModel, named: ScikitLearnModel, request_: dict[str, Any]
) -> None:
    assert one(plain, request_) == one(named, request_) == {"predict": predictions(ROWS)}


def test_records_and_other_orders_are_put_into_the_models_order(named: ScikitLearnModel) -> None:
    mixed = FRAME.iloc[::30, ::-1]
    split = mixed.to_dict("split")

    for request_ in ({"data": mixed.to_dict("records")}, {"data": split}, split):
        assert one(named, {**request_, "method": "predict"}) == {"predict": predictions(ROWS)}


def test_a_method_is_chosen_as_v1_does(plain: ScikitLearnModel) -> None:
    estimator = classifier().fit(FEATURES, SPECIES)
    for method in ("predict_proba", "predict_log_proba", "decision_function"):
        answer = one(plain, {"data": ROWS, "method": method})
        assert np.allclose(answer[method], getattr(estimator, method)(ROWS), rtol=1e-12)
    assert list(one(plain, {"data": ROWS})) == ["predict_proba"]
    assert list(one(ScikitLearnModel(SVC().fit(FEATURES, SPECIES)), {"data": ROWS})) == ["predict"]
    assert list(one(ScikitLearnModel(StandardScaler().fit(FEATURES)), ROWS)) == ["transform"]


def test_whole_numbers_and_truth_values_are_numbers(plain: ScikitLearnModel) -> None:
    whole = {"data": [[5, 3, True, 0]], "method": "predict"}
    assert one(plain, whole) == {"predict": predictions([[5.0, 3.0, 1.0, 0.0]])}


def test_text_labels_come_back_as_text() -> None:
    labels = np.array(["setosa", "versicolor", "virginica"])[SPECIES]
    model = ScikitLearnModel(classifier().fit(FEATURES, labels))
    assert one(model, {"data": ROWS[:1], "method": "predict"}) == {"predict": ["setosa"]}


def test_missing_values_reach_models_that_take_them(people: ScikitLearnModel) -> None:
    records = json.loads(PEOPLE.to_json(orient="records"))
    rows = json.loads(PEOPLE.to_json(orient="values"))
    expected = one(people, {"data": records})["predict"]

    assert np.allclose(expected, [1, 2, 3, 4], atol=1.5)
    assert one(people, {"data": rows})["predict"] == expected
    assert [one(people, {"data": [record]})["predict"][0] for record in records] == pytest.approx(expected, abs=1e-12)


def test_documents_are_texts() -> None:
    documents = ["good film", "bad film", "good play", "bad play"]
    model = ScikitLearnModel(make_pipeline(TfidfVectorizer(), MultinomialNB()).fit(documents, [1, 0, 1, 0]))

    assert model.mergeable
    assert asked(model, *[{"data": [text], "method": "predict"} for text in documents]) == [
        {"predict": [1]},
        {"predict": [0]},
        {"predict": [1]},
        {"predict": [0]},
    ]
    assert "example" not in model.schemas()[0]


def test_several_outputs_are_kept_apart() -> None:
    model = ScikitLearnModel(RandomForestClassifier(5, random_state=0).fit(FEATURES, np.c_[SPECIES, SPECIES > 0]))

    first, second = asked(model, {"data": ROWS[:2]}, {"data": ROWS[2:3]})

    assert [np.shape(output) for output in first["predict_proba"]] == [(2, 3), (2, 2)]
    assert [np.shape(output) for output in second["predict_proba"]] == [(1, 3), (1, 2)]
    assert second == one(model, {"data": ROWS[2:3]})


def test_sparse_results_are_whole() -> None:
    model = ScikitLearnModel(OneHotEncoder(handle_unknown="ignore").fit([["a"], ["b"]]))
    assert one(model, {"data": [["b"], ["c"]]}) == {"transform": [[0.0, 1.0], [0.0, 0.0]]}


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("", "The request is no JSON"),
        ("[[1, 2", "The request is no JSON"),
        ("[" * 100_000, "The request is no JSON"),
        ("7", "must be a JSON object with 'data', not a number"),
        ("null", "not null"),
        ({}, "The request has no 'data'."),
        ({"data": "x"}, "'data' is text, not a list."),
        ({"data": []}, "'data' is an empty list."),
        ({"dota": [[1]]}, "The request has 'dota'; what is known is 'data' and 'method'."),
        ({"data": {"a": [1]}}, "an object without 'columns' and 'data'"),
        ({"data": [[1, 2, 3, 4]], "columns": "abcd"}, "'columns' must be a list of names"),
        ({"data": [[1, 2, 3, 4]], "columns": ["a", "a", "b", "c"]}, "each of them once"),
        ({"data": [[1, 2, 3]]}, "Row 0 has 3 values, not 4. The model takes rows of 4 values"),
        ({"data": [[1, 2, 3, 4], [1]]}, "Row 1 has 1 value, not 4."),
        ({"data": [1, 2, 3, 4]}, "Row 0 is a number, not a list."),
        ({"data": [[1, 2, 3, [4]]]}, "Value 3 of row 0 is a list."),
        ({"data": [[1, 2, 3, {}], [1, 2, 3, 4]]}, "Value 3 of row 0 is an object."),
        ({"data": [[1, 2, 3, 10**400]]}, "a number that is too large"),
        ({"data": [[1, 2, 3, "x"]]}, "predict_proba() of LogisticRegression refused the rows: ValueError: could not"),
        ({"data": [[1, 2, 3, None]]}, "Input X contains NaN. The model takes rows of 4 values"),
        (
            {"data": [[1, 2, 3, 4]], "method": "fit"},
            "'method' is 'fit'; LogisticRegression has predict_proba, predict,",
        ),
        ({"data": [[1, 2, 3, 4]], "method": 1}, "'method' is 1;"),
    ],
)
def test_what_does_not_fit_is_told_with_what_does(plain: ScikitLearnModel, request_: Any, told: str) -> None:
    good = {"data": ROWS, "method": "predict"}

    answer, other = asked(plain, request_, good)

    assert isinstance(answer, InputError) and told in answer.message
    assert answer.status == 400
    assert other == {"predict": predictions(ROWS)}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"sepal_length": 1}, "Record 0 lacks 'petal_length', 'petal_width', 'sepal_width'. The model takes rows of 4"),
        ({**dict.fromkeys(NAMES, 1), "id": 7}, "Record 0 has 'id', which the model does not know."),
    ],
)
def test_records_have_the_models_names(
    plain: ScikitLearnModel, named: ScikitLearnModel, record: dict[str, Any], told: str
) -> None:
    answer = one(named, {"data": [record]})
    assert isinstance(answer, InputError) and told in answer.message and "sepal_length" in answer.message
    assert "the model's columns have no names" in one(plain, {"data": [record]}).message
    assert "lacks" in one(named, {"data": {"columns": ["a", *NAMES[1:]], "data": ROWS}}).message


def test_what_is_the_models_own_fault_is_no_fault_of_the_request() -> None:
    class Broken(LogisticRegression):  # type: ignore[misc]
        def predict(self, X: Any) -> Any:
            raise MemoryError("no more")

    model = ScikitLearnModel(Broken(max_iter=1000).fit(FEATURES, SPECIES))
    assert isinstance(one(model, {"data": ROWS, "method": "predict"}), MemoryError)
    unfitted = ScikitLearnModel(SVC())
    assert type(one(unfitted, {"data": ROWS})).__name__ == "NotFittedError"


def test_a_file_of_something_else_says_what_it_holds(tmp_path: Path) -> None:
    joblib.dump({"model": 1}, tmp_path / "model.pkl")
    with pytest.raises(UserErrorException, match="holds dict, which has none of predict_proba, predict"):
        ScikitLearnModel.load(str(tmp_path / "model.pkl"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no pickle", "is none that joblib or pickle can read: "),
        (b"", "is none that joblib or pickle can read: EOFError"),
        (
            b"cmy_own_module\nEstimator\n.",
            "needs code that is not in the service: ModuleNotFoundError: No module named",
        ),
        (b"c__main__\nMine\n.", "needs code that is not in the service: AttributeError: "),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "model.pkl").write_bytes(content)
    with pytest.raises(UserErrorException, match=told) as caught:
        ScikitLearnModel.load(str(tmp_path / "model.pkl"))
    assert caught.value.hint


def test_no_warning_comes_of_names(named: ScikitLearnModel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "predict" in one(named, {"data": ROWS, "method": "predict"})


numbers = st.floats(-10, 10, allow_nan=False) | st.integers(-10, 10) | st.booleans()
requests = st.builds(
    lambda rows, method: json.dumps({"data": rows, **method}),
    st.lists(st.lists(numbers, min_size=4, max_size=4), min_size=1, max_size=3),
    st.sampled_from([{}, {"method": "predict"}, {"method": "decision_function"}]),
)
faulty = st.sampled_from(['{"data": [[1, 2]]}', "x", '{"data": [["a", 1, 1, 1]]}', '{"data": [[NaN, 1, 1, 1]]}', "{}"])


@settings(max_examples=60, deadline=None)
@given(st.lists(requests | faulty, min_size=1, max_size=12))
def test_together_gives_what_alone_gives(plain: ScikitLearnModel, named: ScikitLearnModel, texts: list[str]) -> None:
    for model in (plain, named):
        _alike(model.score(texts), [model.score([text])[0] for text in texts])


cities = st.sampled_from(["Rome", "Oslo", "Nowhere", None])
ages = st.sampled_from([30, 41.5, None, "old"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(cities, ages), min_size=1, max_size=3), min_size=1, max_size=8))
def test_mixed_columns_together_give_what_they_give_alone(people: ScikitLearnModel, tables: list[Any]) -> None:
    texts = [json.dumps({"data": rows}) for rows in tables]
    _alike(people.score(texts), [people.score([text])[0] for text in texts])


def _alike(together: list[Any], alone: list[Any]) -> None:
    for first, second in zip(together, alone, strict=True):
        if isinstance(second, Exception):
            assert (type(first), str(first)) == (type(second), str(second))
            continue
        assert first.keys() == second.keys()
        for method, values in second.items():
            assert np.allclose(first[method], values, rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "columns", "a"]), inner),
        max_leaves=8,
    )
)
def test_no_json_gets_past_the_checks(plain: ScikitLearnModel, value: Any) -> None:
    answer = one(plain, {"data": value})
    assert isinstance(answer, (InputError, dict))


def counting(estimator: Any) -> tuple[ScikitLearnModel, list[int]]:
    """A model, and how many rows each call of predict() got."""
    seen: list[int] = []
    model = ScikitLearnModel(estimator.fit(FEATURES, SPECIES))
    predict: Callable[[Any], Any] = model._methods["predict"]

    def count(rows: Any) -> Any:
        seen.append(len(rows))
        return predict(rows)

    model._methods["predict"] = count
    return model, seen


def test_requests_are_one_call_of_the_model() -> None:
    model, seen = counting(classifier())
    request_ = {"data": ROWS, "method": "predict"}

    assert asked(model, request_, request_, request_) == [{"predict": predictions(ROWS)}] * 3
    assert seen == [3 * len(ROWS)]


def test_a_bad_row_costs_the_others_a_second_call_and_nothing_else() -> None:
    model, seen = counting(classifier())
    good, bad = {"data": ROWS[:1], "method": "predict"}, {"data": [[None, 1, 1, 1]], "method": "predict"}

    answers = asked(model, good, bad, good)

    assert [isinstance(answer, InputError) for answer in answers] == [False, True, False]
    assert seen[-3:] == [1, 1, 1]


def center(rows: Any) -> Any:
    """Looks at all rows."""
    return rows - rows.mean(axis=0)


@pytest.mark.parametrize(
    ("estimator", "safe"),
    [
        (classifier(), True),
        (make_pipeline(StandardScaler(), RandomForestClassifier(3)), True),
        (GridSearchCV(classifier(), {"C": [1.0]}, cv=2), True),
        (HistGradientBoostingRegressor(max_iter=3), True),
        (KNeighborsClassifier(), True),
        (GaussianProcessRegressor(optimizer=None), True),
        (make_pipeline(FunctionTransformer(center), classifier()), False),
        (GridSearchCV(make_pipeline(FunctionTransformer(center), classifier()), {}, cv=2), False),
        (DummyClassifier(strategy="uniform"), False),
        (make_pipeline(NMF(2, max_iter=5000), classifier()), False),
        (KNeighborsClassifier(metric=lambda a, b: abs(a - b).sum()), False),
        (SVC(kernel=lambda a, b: a @ b.T), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_estimators_that_score_rows_apart_are_merged(estimator: Any, safe: bool) -> None:
    estimator.fit(FEATURES, SPECIES)
    assert rows_are_independent(estimator) is safe
    assert ScikitLearnModel(estimator).mergeable is safe


def test_classes_of_the_users_own_are_not_merged() -> None:
    class Mine(LogisticRegression):  # type: ignore[misc]
        pass

    assert not rows_are_independent(Mine())
    assert not rows_are_independent(make_pipeline(StandardScaler(), Mine()))


def test_transform_is_never_merged() -> None:
    model = ScikitLearnModel(StandardScaler().fit(FEATURES))
    seen: list[int] = []
    transform = model._methods["transform"]
    model._methods["transform"] = lambda rows: seen.append(len(rows)) or transform(rows)  # type: ignore[func-returns-value]

    asked(model, {"data": ROWS[:1]}, {"data": ROWS[:2]})

    assert seen == [1, 2]


def test_the_description_is_the_models(named: ScikitLearnModel) -> None:
    taken, given_back = named.schemas()

    assert taken["properties"]["method"]["default"] == "predict_proba"
    assert taken["properties"]["data"]["items"]["description"] == ", ".join(NAMES)
    assert one(named, taken["example"]) == given_back["example"]


def test_samples_are_its_examples(
    plain: ScikitLearnModel, named: ScikitLearnModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = FRAME.head(2).to_dict("records")
    monkeypatch.setenv(SAMPLES, json.dumps({"input": records}))

    taken, given_back = named.schemas()
    assert taken["example"] == {"data": records, "method": "predict"}
    assert given_back["example"] == {"predict": [0, 0]}
    assert plain.schemas()[0]["example"]["data"] == FRAME.head(2).to_numpy().tolist()

    monkeypatch.setenv(SAMPLES, json.dumps({"input": [["x"]], "output": [7]}))
    taken, given_back = plain.schemas()
    assert given_back["example"] == {"predict": [7]}
    monkeypatch.setenv(SAMPLES, json.dumps({"output": [{"species": 1}, {"species": 2}]}))
    assert plain.schemas()[1]["example"] == {"predict": [1, 2]}


def test_a_sample_that_does_not_fit_is_told(
    plain: ScikitLearnModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(SAMPLES, json.dumps({"input": [[1, 2]]}))

    assert "example" not in plain.schemas()[1]
    assert "is not what it takes" in caplog.text
