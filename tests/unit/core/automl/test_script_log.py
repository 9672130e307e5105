"""What scoring scripts written by v1's AutoML call beside their models."""

from __future__ import annotations

import logging
from importlib import import_module

import pytest

telemetry = import_module("aml_nb.azureml.telemetry")
log_server = import_module("aml_nb.azureml.automl.core.shared.log_server")
logging_utilities = import_module("aml_nb.azureml.automl.core.shared.logging_utilities")


def test_the_preamble_of_such_a_script() -> None:
    log_server.enable_telemetry(telemetry.INSTRUMENTATION_KEY)
    log_server.install_handler("automl")
    log_server.set_log_file("automl.log")
    before = logging.getLogger("azureml.automl").level
    try:
        log_server.set_verbosity("INFO")
        assert logging.getLogger("azureml.automl.core.scoring_script").getEffectiveLevel() == logging.INFO
    finally:
        log_server.set_verbosity(before)
    log_server.update_custom_dimensions({"model_name": "AutoML1", "model_version": "1"})
    log_server.update_custom_dimension(model_name="AutoML1")


@pytest.mark.parametrize(("critical", "level"), [(True, "ERROR"), (False, "WARNING")])
def test_a_failure_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture, critical: bool, level: str) -> None:
    try:
        raise ValueError("no model at 100 %s")
    except ValueError as error:
        logging_utilities.log_traceback(error, logging.getLogger("script"), is_critical=critical)
        logging_utilities.log_traceback(error, None, override_error_msg="something else", is_critical=critical)
    first, second = caplog.records
    assert (first.levelname, first.name) == (level, "script")
    assert first.getMessage().startswith("ValueError: no model at 100 %s\nTraceback") and __file__ in first.getMessage()
    assert second.getMessage().startswith("ValueError: something else\n")
