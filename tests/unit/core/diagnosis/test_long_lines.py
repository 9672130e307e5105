"""What scripts print may be long: an image in base64, a number of a thousand digits, a list of all rows."""

from __future__ import annotations

import pytest

from aml_nb.core.diagnosis import gathering
from aml_nb.core.diagnosis.diagnosing import explain
from aml_nb.core.diagnosis.facts import Facts
from aml_nb.engines.base import ServiceSpec

SPEC = ServiceSpec("iris", "iris", "ACI", "/x/score.py", "python")
LOG = """\
2026-11-21 21:15:10,873 E [12045] azmlinfsrv - Encountered Exception: run() raised ValueError: {0}
Traceback (most recent call last):
  File "/x/score.py", line 3, in run
ValueError: {0}
2026-11-21 21:15:10,873 I [12045] azmlinfsrv - POST /score 500 70.602ms 16 23dc
"""


@pytest.mark.timeout(30)
@pytest.mark.parametrize("part", ["1", "a", "'a", "1/1 ", "a.", "has 1 features, ", "://a@", '"GET ', "MemoryError"])
def test_the_time_for_a_diagnosis_grows_with_the_log_not_with_its_square(part: str) -> None:
    facts = gathering.with_request(Facts("iris", SPEC, "process", log=LOG.format(part * (100_000 // len(part)))), 1)
    assert facts is not None and explain(facts).cause


def test_no_rule_reads_more_of_a_line_than_somebody_would() -> None:
    assert gathering._cut("short\n") == "short\n"
    assert gathering._cut("x" * 10**6 + "\n") == "x" * gathering._LONGEST + "\n"
