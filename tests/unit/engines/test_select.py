"""Which engine is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.engines.process import ProcessEngine
from aml_nb.engines.select import engine_name, load_engine
from aml_nb.errors import NotAvailableError, UsageError


@pytest.mark.parametrize(
    ("variable", "setting", "expected"),
    [
        (None, None, "process"),
        (None, "auto", "process"),
        ("auto", "process", "process"),
        ("Process ", None, "process"),
        ("process", "docker", "process"),
    ],
)
def test_the_variable_goes_before_the_setting(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, setting: str | None, expected: str
) -> None:
    if variable is not None:
        monkeypatch.setenv("AML_NB_ENGINE", variable)
    assert engine_name(setting) == expected


@pytest.mark.parametrize(("name", "error"), [("docker", NotAvailableError), ("dokcer", UsageError)])
def test_an_engine_that_is_not_there(name: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=name) as caught:
        engine_name(name)
    hint: Any = caught.value
    assert "AML_NB_ENGINE=process" in hint.hint


def test_the_process_engine_is_loaded(tmp_path: Path) -> None:
    assert isinstance(load_engine("process", tmp_path, lambda digest, target: None), ProcessEngine)
