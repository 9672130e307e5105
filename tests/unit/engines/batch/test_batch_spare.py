"""Which scripts may be forked after ``init``: what speaks of a process's own things may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.engines.batch import forker, spare
from aml_nb.engines.batch.spec import BatchSpec
from benchmarks.batch import SCRIPT


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (SCRIPT, False),
        ("# a rapid block of clocks\nfrom azureml.core import Model, Run\nrun = Run.get_context()\n", False),
        ("name = f'part-{os.getpid()}'", True),
        ("import threading", True),
        ("np.random.seed(1)", True),
        ("from concurrent.futures import ThreadPoolExecutor", True),
        ("import torch", True),
        ("conn = psycopg2.connect(url)", True),
        ("folder = tempfile.mkdtemp()", True),
        ("os.environ['A'] = 'b'", True),
        ("mutex = Lock()", True),
        ("from sklearn.ensemble import RandomForestClassifier\nmodel = 0", False),
    ],
)
def test_words_that_speak_of_what_is_a_processs_own(tmp_path: Path, text: str, speaks: bool) -> None:
    path = tmp_path / "score.py"
    path.write_text(text)
    assert spare.has_words([str(path)]) is speaks


def test_what_cannot_be_read_is_not_forked(tmp_path: Path) -> None:
    assert spare.has_words([str(tmp_path / "gone.py")])


@pytest.mark.parametrize(
    ("cores", "workers", "wish", "worthwhile"),
    [
        (2, 2, None, True),
        (8, 2, None, False),
        (8, 2, "1", True),
        (2, 2, "0", False),
        (2, 1, "1", False),
        (4, 3, None, True),
    ],
)
def test_workers_are_forked_where_cores_are_scarce(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, workers: int, wish: str | None, worthwhile: bool
) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    monkeypatch.setattr(forker.sys, "platform", "linux")
    monkeypatch.setattr(forker.os, "pidfd_open", lambda pid: 0, raising=False)
    monkeypatch.setattr(forker.os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    if wish is not None:
        monkeypatch.setenv("AML_NB_BATCH_FORK", wish)
    spec = BatchSpec({"kind": "folder", "path": "."}, "score.py", str(tmp_path), processes=workers)
    assert forker.worthwhile(spec) is worthwhile
