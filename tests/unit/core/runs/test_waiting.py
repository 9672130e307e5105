"""Which logs are shown while a run is waited for."""

from __future__ import annotations

from pathlib import Path

from aml_nb.core.runs.details import public_error
from aml_nb.core.runs.waiting import log_names


def test_logs_that_grow_side_by_side_are_not_shown_one_after_the_other(tmp_path: Path) -> None:
    assert log_names(tmp_path / "nothing") == []
    for name in (
        "logs/azureml/executionlogs.txt", "logs/user/stdout/0/process000.stdout.txt", "outputs.json",
        "user_logs/std_log_process_0.txt", "user_logs/std_log_process_1.txt",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("here")
    assert log_names(tmp_path) == ["logs/azureml/executionlogs.txt", "user_logs/std_log_process_0.txt"]


def test_an_error_is_told_without_the_fields_that_cells_draw_from() -> None:
    drawn = {"file": "train.py", "line": 3, "first": 1, "lines": ["raise"]}
    told = public_error({"error": {"code": "UserError", "message": "it broke", **drawn, "exitCode": 1}})
    assert told == {"error": {"code": "UserError", "message": "it broke", "exitCode": 1}}
    assert public_error(None) is None
