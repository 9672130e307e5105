"""The benchmark of datasets: both sides read the same rows, and the quotient is theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import dataset


def test_both_sides_read_the_same(tmp_path: Path) -> None:
    paths = dataset.generate(tmp_path, 2000)
    assert dataset.generate(tmp_path, 2000) == paths
    for form, path in paths.items():
        answers = [dataset.work(side, form, path, path) for side in dataset.SIDES]
        assert answers[0]["sums"] == answers[1]["sums"], form
        assert answers[0]["sums"][0] == 2000 and answers[0]["seconds"] > 0


def test_the_quotient_is_that_of_each_round(capsys: pytest.CaptureFixture[str]) -> None:
    times = {"csv": {"duckdb": [1.0, 2.0, 1.0], "aml_nb": [1.1, 2.0, 9.0]}}
    figures = dataset.results(times)
    assert figures == {"csv": pytest.approx(1.1)}
    assert dataset.report(times, figures) and not dataset.report(times, {"csv": 1.3})
    assert "MISSED" in capsys.readouterr().out
