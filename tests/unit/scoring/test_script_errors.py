"""Errors of scripts as they are told: text that can be written, lines that are there."""

from __future__ import annotations

from pathlib import Path

from aml_nb.scoring import script_errors


def raised(text: str) -> BaseException:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_half_of_a_character_is_written_out() -> None:
    error = raised("bad \ud800")
    assert script_errors.describe(error) == "ValueError: bad \\ud800"
    assert script_errors.user_traceback(error).endswith("ValueError: bad \\ud800\n")


def test_a_file_that_compiled_code_tells_of_is_none_of_the_users(tmp_path: Path) -> None:
    """As pyarrow does: its frames name a file of the machine that it was built on."""
    script = tmp_path / "score.py"
    script.write_text("def run(call):\n    call()\n")
    names: dict[str, object] = {}
    exec(compile(script.read_text(), str(script), "exec"), names)
    inner: dict[str, object] = {}
    exec(compile("def fail():\n    raise KeyError('x')\n", "arrow/error.pxi", "exec"), inner)
    try:
        names["run"](inner["fail"])  # type: ignore[operator]
    except KeyError as error:
        source = script_errors.user_source(error, (str(tmp_path),))
    assert source is not None and (source.path, source.line) == ("score.py", 2)
