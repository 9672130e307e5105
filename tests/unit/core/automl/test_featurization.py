"""What columns hold, and the numbers that are made of them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.automl.exceptions import DataException
from aml_nb.core.automl.featurization.columns import look
from aml_nb.core.automl.featurization.transformer import DataTransformer

N = 120
RANDOM = np.random.default_rng(0)
COLUMNS: dict[str, tuple[str, Any]] = {
    "number": ("Numeric", RANDOM.normal(size=N)),
    "gaps": ("Numeric", [None if n % 7 == 0 else float(n % 11) for n in range(N)]),
    "digits": ("Numeric", [str(n % 13) for n in range(N)]),
    "span": ("Numeric", pd.to_timedelta(RANDOM.integers(1, 99, N), unit="s")),
    "color": ("Categorical", [["red", "green", None][n % 3] for n in range(N)]),
    "flag": ("Categorical", [n % 2 == 0 for n in range(N)]),
    "kind": ("Categorical", pd.Categorical(["a", "b"] * (N // 2))),
    "town": ("CategoricalHash", [f"town{n % 60}" for n in range(N)]),
    "when": ("DateTime", pd.date_range("2020-01-01", periods=N, freq="13h")),
    "day": ("DateTime", pd.date_range("2020-01-01", periods=N).strftime("%d/%m/%Y")),
    "month": ("DateTime", pd.period_range("2001-01", periods=N, freq="M")),
    "note": ("Text", [f"this is a note on {n} of them" for n in range(N)]),
    "row": ("Hashes", range(N)),
    "user_id": ("Hashes", RANDOM.permutation(10_000)[:N]),
    "PatientID": ("Hashes", RANDOM.permutation(10_000)[:N]),
    "code": ("Hashes", [f"x{n:05}" for n in RANDOM.permutation(N)]),
    "same": ("Ignore", [1.5] * N),
    "word": ("Ignore", ["w"] * N),
    "empty": ("AllNan", [None] * N),
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.DataFrame({name: values for name, (_, values) in COLUMNS.items()})


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> DataTransformer:
    return DataTransformer().fit(frame)


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_taken_for_what_they_hold(frame: pd.DataFrame, name: str) -> None:
    assert look(frame[[name]], {}, [])[0].purpose == COLUMNS[name][0]


def test_features_are_numbers_with_names(frame: pd.DataFrame, fitted: DataTransformer) -> None:
    values = fitted.transform(frame)
    assert values.shape == (N, len(fitted.get_engineered_feature_names())) and np.isfinite(values).all()
    names = fitted.get_engineered_feature_names()
    assert len(set(names)) == len(names) and list(fitted.get_feature_names_out()) == names
    assert {
        "gaps_MeanImputer",
        "gaps_ImputationMarker",
        "color_OneHotEncoder_red",
        "when_DateTimeTransformer_Hour",
    } <= {*names}
    summary = {row["RawFeatureName"]: row for row in fitted.get_featurization_summary()}
    assert [name for name, row in summary.items() if row["Dropped"] == "Yes"] == [
        name for name, (purpose, _) in COLUMNS.items() if purpose in ("Hashes", "Ignore", "AllNan")
    ]
    assert sum(row["EngineeredFeatureCount"] for row in summary.values()) == len(names)
    assert summary["gaps"]["Transformations"] == ["MeanImputer", "ImputationMarker"]


def test_values_are_what_they_mean(frame: pd.DataFrame, fitted: DataTransformer) -> None:
    row = dict(zip(fitted.get_engineered_feature_names(), fitted.transform(frame.iloc[[0]])[0], strict=True))
    known = [float(n % 11) for n in range(N) if n % 7]
    assert row["gaps_MeanImputer"] == pytest.approx(np.mean(known)) and row["gaps_ImputationMarker"] == 1
    assert (row["color_OneHotEncoder_red"], row["color_OneHotEncoder_green"]) == (1, 0)
    assert row["day_DateTimeTransformer_Month"] == 1 and row["digits_MeanImputer"] == 0


def test_other_rows_may_hold_anything(frame: pd.DataFrame, fitted: DataTransformer) -> None:
    strange = pd.DataFrame({name: ["?"] for name in frame.columns})
    values = dict(zip(fitted.get_engineered_feature_names(), fitted.transform(strange)[0], strict=True))
    assert np.isfinite(list(values.values())).all()
    assert not any(values[name] for name in values if name.startswith("color_OneHotEncoder"))


def test_rows_may_come_without_names_or_with_more_columns(frame: pd.DataFrame, fitted: DataTransformer) -> None:
    head = frame.head(3)
    expected = fitted.transform(head)
    assert (fitted.transform(head.assign(more=1)[["more", *reversed(frame.columns)]]) == expected).all()
    assert (fitted.transform(head.to_numpy(dtype=object)) == expected).all()
    assert (fitted.transform(pd.DataFrame(head.to_numpy(dtype=object))) == expected).all()
    with pytest.raises(DataException, match="lack the columns? 'gaps'"):
        fitted.transform(head.drop(columns="gaps"))
    with pytest.raises(DataException, match=f"{len(COLUMNS)} columns"):
        fitted.transform(np.zeros((1, 2)))


def test_it_survives_a_pickle(frame: pd.DataFrame, fitted: DataTransformer) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.transform(frame) == fitted.transform(frame)).all()


def test_users_know_better(frame: pd.DataFrame) -> None:
    made = DataTransformer(
        {"user_id": "Numeric", "number": "Categorical"},
        ["when"],
        ["TfIdf"],
        {"Imputer": [(["gaps"], {"strategy": "constant", "fill_value": -1})]},
    ).fit(frame)
    summary = {row["RawFeatureName"]: row for row in made.get_featurization_summary(is_user_friendly=False)}
    assert summary["user_id"]["Dropped"] == "No" and summary["number"]["TypeDetected"] == "Categorical"
    assert summary["when"]["Dropped"] == summary["note"]["Dropped"] == "Yes"
    assert summary["gaps"]["Transformations"][0] == "ConstantImputer"
    place = made.get_engineered_feature_names().index("gaps_ConstantImputer")
    assert made.transform(frame)[0, place] == -1
    with pytest.raises(DataException, match="names nothing"):
        DataTransformer({"nothing": "Numeric"}).fit(frame)


def test_a_table_without_anything_to_learn_from_says_why() -> None:
    with pytest.raises(DataException, match="k: all of its values are the same"):
        DataTransformer().fit(pd.DataFrame({"k": [1] * 20}))


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8), st.dates(), st.datetimes()
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=4), st.lists(CELLS, min_size=4, max_size=4)
)
def test_any_values_become_finite_numbers(table: list[list[Any]], other: list[Any]) -> None:
    frame = pd.DataFrame({f"c{n}": pd.Series(column, dtype=object) for n, column in enumerate(table)})
    made = DataTransformer()
    try:
        made.fit(frame)
    except DataException:
        return
    rows = pd.DataFrame({name: pd.Series(other, dtype=object) for name in frame.columns})
    for values in (made.transform(frame), made.transform(rows)):
        assert values.shape[1] == len(made.get_engineered_feature_names()) and np.isfinite(values).all()
