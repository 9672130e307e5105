"""What a parallel step leaves to be read: counts, and errors summed up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aml_nb.core.pipelines.parallel import logs
from aml_nb.core.runs.folder import RunFolder
from aml_nb.engines.batch import BatchSummary


def error(number: int, message: str = "score.py, line 3: run() raised KeyError", **facts: Any) -> dict[str, Any]:
    told = {"mini_batch": number, "files": [f"/data/{number}.csv"], "message": message, "traceback": "Traceback …"}
    return {**told, "try": 1, "tries": 3, **facts}


def finished(folder: Path, errors: list[dict[str, Any]], **facts: Any) -> Path:
    run, job = RunFolder(folder, "run"), folder / "job"
    job.mkdir()
    logs.link(job, run)
    (job / "errors.jsonl").write_text("".join(json.dumps(each) + "\n" for each in errors) + '{"cut')
    logs.finish(run, job, BatchSummary(**{"status": "Completed", **facts}), lambda text: text.replace("/kept", "/mine"))
    return run.logs / "logs"


def test_what_workers_write_is_a_file_of_the_run(tmp_path: Path) -> None:
    found = finished(tmp_path, [])
    (tmp_path / "job" / "logs" / "user").mkdir()
    assert (found / "user").is_dir()
    other = RunFolder(tmp_path, "other")
    logs.link(tmp_path / "job", other)
    (tmp_path / "job" / "logs" / "later").mkdir()
    assert (other.logs / "logs" / "later").is_dir(), "of the run that goes on with it"


def test_the_result_has_the_counts_and_no_errors_make_no_file(tmp_path: Path) -> None:
    found = finished(tmp_path, [], done=3, rows=12, output="/secret/place")
    text = (found / logs.RESULT).read_text()
    assert "status: Completed\n" in text and "rows: 12\n" in text and "secret" not in text
    assert not (found / logs.ERRORS).exists()


def test_an_error_is_told_once_with_everyone_who_met_it(tmp_path: Path) -> None:
    many = [error(n) for n in range(60)] + [error(7, "/kept/score.py, line 9: None", files=[], label="rows 1 to 2")]
    text = (finished(tmp_path, many) / logs.ERRORS).read_text()
    assert text.count("line 3: run() raised KeyError") == 1 and text.count("Traceback") == 2
    assert "  Mini-batch 49 (try 1 of 3): /data/49.csv\n  … and 10 more\n" in text
    assert "/mine/score.py, line 9: None" in text and "Mini-batch 7 (try 1 of 3): rows 1 to 2" in text


def test_many_errors_and_names_that_are_no_text_are_shortened(tmp_path: Path) -> None:
    many = [error(n, f"error {n}") for n in range(205)]
    many[0]["files"] = [f"/data/{n}\udcff.csv" for n in range(30)]
    text = (finished(tmp_path, many) / logs.ERRORS).read_text()
    assert "… and 5 other errors" in text and "error 199\n" in text and "error 200\n" not in text
    assert "/data/19\\udcff.csv and 10 more" in text
