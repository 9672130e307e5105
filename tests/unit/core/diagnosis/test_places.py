"""From what a service says to what its user reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.diagnosis.failed_request import run_failure
from aml_nb.core.diagnosis.places import source_of, user_path
from aml_nb.engines.base import ServiceError, ServiceSpec

SPEC = ServiceSpec("iris@local", "iris", "LOCAL", "deep/score.py", "python", source_directory="/project/source")
ALONE = ServiceSpec("iris", "iris", "ACI", "/project/score.py", "python")
ROOT = "/home/u/services/{}/revisions/3"


@pytest.mark.parametrize(
    ("spec", "path", "expected"),
    [
        (SPEC, ROOT.format("iris@local") + "/source/deep/score.py", "/project/source/deep/score.py"),
        (SPEC, "deep/score.py", "/project/source/deep/score.py"),
        (ALONE, ROOT.format("iris") + "/score.py", "/project/score.py"),
        (ALONE, "score.py", "/project/score.py"),
        (ALONE, "/usr/lib/python3/json/decoder.py", None),
        (ALONE, ROOT.format("another") + "/score.py", None),
        (ALONE, ROOT.format("iris") + "/../../../../../../etc/passwd", None),
        (ALONE, "../../etc/passwd", None),
        (ALONE, "<string>", None),
    ],
)
def test_a_file_of_a_revision_is_told_by_the_users_path(spec: ServiceSpec, path: str, expected: str | None) -> None:
    assert user_path(path, spec) == expected


def test_the_lines_are_those_that_ran(tmp_path: Path) -> None:
    ran = tmp_path / "services" / "iris" / "revisions" / "1" / "score.py"
    ran.parent.mkdir(parents=True)
    ran.write_text("one\ntwo\nthree\n")
    source = source_of(ServiceError("init-failed", "why", str(ran), 2), ALONE)
    assert source is not None
    assert (source.path, source.line, source.lines) == ("/project/score.py", 2, ("one", "two", "three"))
    assert source_of(ServiceError("internal", "why"), ALONE) is None


def test_no_file_is_read_that_is_not_the_users(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret\n")
    for file in (str(secret), f"{ROOT.format('iris')}/../../../../..{secret}"):
        source = source_of(ServiceError("init-failed", "why", file, 1), ALONE)
        assert source is not None and source.lines == ()


LOG = """2020-01-01 00:00:00,0 E [1] azmlinfsrv - Encountered Exception: score.py, line 9: run() raised ValueError: old
Traceback (most recent call last):
  File "{root}/score.py", line 9, in run
ValueError: old
2020-01-01 00:00:00,0 I [1] azmlinfsrv - POST /score 500 1ms 92 id-1
2020-01-01 00:00:00,0 E [1] azmlinfsrv - Encountered Exception: score.py, line 4: run() raised KeyError: 'data'
Traceback (most recent call last):
  File "{root}/score.py", line 4, in run
  File "/usr/lib/python3/json/decoder.py", line 337, in decode
KeyError: 'data'
2020-01-01 00:00:00,0 I [1] azmlinfsrv - POST /score 500 1ms 92 id-2
""".replace("{root}", ROOT.format("iris"))


def test_the_log_tells_why_run_raised_on_this_request() -> None:
    failure = run_failure(LOG, "id-2", ALONE)
    assert failure is not None and failure.source is not None
    assert failure.reason == "score.py, line 4: run() raised KeyError: 'data'"
    assert (failure.source.path, failure.source.line) == ("/project/score.py", 4)
    first = run_failure(LOG, "id-1", ALONE)
    assert first is not None and first.source is not None and first.source.line == 9


def test_a_request_that_is_not_in_the_log() -> None:
    assert run_failure(LOG, "id-3", ALONE) is None
    assert run_failure("", "id-1", ALONE) is None
