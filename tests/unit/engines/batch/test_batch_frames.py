"""Tables on their way to a worker come out as they went in."""

from __future__ import annotations

import datetime
import decimal

import pandas as pd
import pytest

from aml_nb.engines.batch import frames

FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "real": [1.5, None, 3.0],
        "text": ["x", "ä\n", None],
        "time": pd.to_datetime(["2020-01-01", "2021-02-03", None]),
        "span": pd.to_timedelta([1, 2, None], unit="s"),
        "kind": pd.Categorical(["u", None, "u"]),
        "gaps": pd.array([1, None, 3], dtype="Int64"),
        "zoned": pd.to_datetime(["2020-01-01", "2021-08-03", None]).tz_localize("Europe/Berlin"),
        "any": [datetime.date(2020, 1, 1), decimal.Decimal("1.1"), [1]],
        "flag": [True, False, True],
    }
)


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.iloc[:0],
        FRAME[["whole"]].iloc[1:].reset_index(drop=True),
        FRAME[["whole", "text"]].set_axis(["same", "same"], axis=1),
        pd.DataFrame({0: [1], ("a", 1): [2]}),
        pd.DataFrame(index=pd.RangeIndex(3)),
    ],
    ids=["kinds", "empty", "part", "names twice", "other names", "no columns"],
)
def test_a_table_comes_out_as_it_went_in(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(frames.decode(frames.encode(frame)), frame, check_column_type=False)


def test_a_script_may_write_into_it() -> None:
    frame = frames.decode(frames.encode(FRAME[["whole"]]))
    frame.loc[0, "whole"] = 7
    assert frame["whole"].tolist() == [7, 2, 3]
