"""``diagnostic_log`` writes what the loggers say while it runs; v1's telemetry calls send nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from aml_nb.core import telemetry
from aml_nb.core.diagnostics import diagnostic_log


def test_records_of_the_block_are_in_the_file(tmp_path: Path) -> None:
    logger = logging.getLogger("aml_nb.some.part")
    with diagnostic_log(str(tmp_path / "run.log"), context_name="100%"):
        logger.debug("inside")
    logger.warning("outside")
    text = (tmp_path / "run.log").read_text()
    assert text.startswith("100%|") and text.endswith("|aml_nb.some.part|DEBUG|inside\n")
    assert "outside" not in text


def test_loggers_get_their_level_back(tmp_path: Path) -> None:
    logger = logging.getLogger("diagnosed")
    logger.setLevel(logging.ERROR)
    log = diagnostic_log(str(tmp_path), namespaces=["diagnosed"])
    log.start_capture()
    log.start_capture()
    assert logger.level == logging.DEBUG and len(logger.handlers) == 1
    log.stop_capture()
    log.stop_capture()
    assert logger.level == logging.ERROR and not logger.handlers
    assert (tmp_path / "diagnostics.log").exists()


@pytest.mark.parametrize("asked", [True, False])
def test_switching_diagnostics_on_says_that_nothing_is_sent(asked: bool, capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.set_diagnostics_collection(send_diagnostics=asked)
    assert capsys.readouterr().out.startswith("aml_nb collects and sends no diagnostics.")
    assert telemetry.get_diagnostics_collection_info() == (False, None)


def test_telemetry_properties_stay_in_this_process() -> None:
    telemetry.set_diagnostics_properties({"a": 1})
    telemetry.add_diagnostics_properties({"b": 2})
    assert telemetry.global_diagnostics_properties == {"a": 1, "b": 2}
    telemetry.set_diagnostics_properties({})
    assert telemetry.global_diagnostics_properties == {}


def test_what_v1_would_log_is_forgotten() -> None:
    assert telemetry.get_event_logger().log_event({"name": "x"}) == ""
    assert isinstance(telemetry.get_telemetry_log_handler(), logging.NullHandler)
