from __future__ import annotations

import json
from typing import Any

import pytest

from aml_nb.core.monitoring import ServiceMetrics, metrics
from aml_nb.errors import UserErrorException
from aml_nb.scoring.histogram import counted
from aml_nb.scoring.history import ROOM, Second


def second(at: int, *durations: float, errors: int = 0) -> Second:
    return Second(at, len(durations), errors, 2, 1, tuple(counted(durations)))


def test_every_second_is_there_whether_it_was_kept_or_not() -> None:
    found = ServiceMetrics.of([second(11, 0.01, 0.01, 1.0, errors=1), second(13)], 10, 13)
    assert found.to_dict() == {
        "at": [10, 11, 12, 13],
        "requests": [0, 3, 0, 0],
        "errors": [0, 1, 0, 0],
        "p50": [None, pytest.approx(9.375, rel=0.3), None, None],
        "p99": [None, pytest.approx(1000, rel=0.3), None, None],
        "replicas": [0, 2, 0, 2],
        "queue": [0, 1, 0, 1],
    }
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()


def test_a_percentile_of_the_whole_time_is_no_mean_of_percentiles() -> None:
    found = ServiceMetrics.of([second(1, *[0.001] * 99), second(2, 10.0)], 1, 2)
    half, most = found.percentile(0.5), found.percentile(0.999)
    assert half is not None and most is not None
    assert half < 1.1 and most > 7000


def test_as_a_table_of_pandas() -> None:
    frame = ServiceMetrics.of([second(60, 0.01)], 60, 61).to_pandas()
    assert list(frame.columns) == ["requests", "errors", "p50", "p99", "replicas", "queue"]
    assert str(frame.index[0]) == "1970-01-01 00:01:00+00:00"


@pytest.mark.parametrize("seconds", [0, -1, ROOM + 1, "60", None, True])
def test_a_time_that_is_not_kept_is_refused(seconds: Any) -> None:
    with pytest.raises(UserErrorException, match=str(ROOM)):
        metrics(None, seconds)  # type: ignore[arg-type]
