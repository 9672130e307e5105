"""The error tree keeps v1's parents, constructors and texts, and shows users their own lines."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import pytest
from IPython.core.ultratb import FormattedTB

from aml_nb import errors

EVERY = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.AmlError)]
PUBLIC = [cls for cls in EVERY if not cls.__name__.startswith("_")]


def make(cls: type[errors.AmlError]) -> errors.AmlError:
    if cls is errors.RunEnvironmentException:
        return cls()  # type: ignore[call-arg]
    if cls is errors.AzureMLAggregatedException:
        return cls([ValueError("one"), KeyError("two")])  # type: ignore[arg-type]
    return cls("what failed")


@pytest.mark.parametrize("cls", PUBLIC)
def test_error_travels_between_processes(cls: type[errors.AmlError]) -> None:
    error = make(cls)
    error.hint = "type this"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert (again.message, again.hint, str(again)) == (error.message, "type this", str(error))


@pytest.mark.parametrize("cls", PUBLIC)
def test_error_has_a_code_and_an_http_status(cls: type[errors.AmlError]) -> None:
    assert cls.code and 400 <= cls.status < 600


def test_v1s_text_has_class_message_inner_exception_and_response() -> None:
    error = errors.WebserviceException("no such service", inner_exception=ValueError("inner"), status_code=404)
    assert str(error).splitlines()[:4] == [
        "WebserviceException:",
        "\tMessage: no such service",
        "\tInnerException inner",
        "\tErrorResponse ",
    ]
    assert '"message": "no such service"' in str(error)
    assert repr(error) == str(error)
    assert (error.message, error.status_code) == ("no such service", 404)


def test_v1s_attributes_can_be_set() -> None:
    error = errors.AzureMLException("first")
    error.message, error.inner_exception = "second", ValueError("why")
    assert "\tMessage: second\n\tInnerException why" in str(error)


def test_v1s_parents() -> None:
    assert issubclass(errors.AuthenticationException, errors.UserErrorException)
    assert issubclass(errors.UserErrorException, errors.AzureMLException)
    assert not issubclass(errors.ModelNotFoundException, errors.WebserviceException)
    assert issubclass(errors.NotAvailableError, NotImplementedError)
    assert not issubclass(errors.NotAvailableError, errors.AzureMLException)


@pytest.mark.parametrize(
    "cls", [errors.WebserviceException, errors.ModelNotFoundException, errors.ModelPathNotFoundException]
)
def test_message_is_logged_for_whoever_gives_a_logger(
    cls: type[errors.AzureMLException], caplog: pytest.LogCaptureFixture
) -> None:
    cls("seen in the log", logger=logging.getLogger("some.client"))
    assert [record.getMessage() for record in caplog.records] == ["seen in the log"]


def test_aggregate_has_every_message() -> None:
    error = errors.AzureMLAggregatedException([ValueError("one"), ValueError("two")])
    assert "one\ntwo" in error.message


def test_service_exception_takes_the_status_of_what_is_behind_it() -> None:
    class Answer(Exception):
        status_code = 409

    assert errors.ServiceException(Answer("conflict")).status_code == 409
    assert errors.ServiceException("conflict", status_code=412).status_code == 412
    assert "conflict" in str(errors.ServiceException(Answer("conflict")))


def test_parallel_run_exception_keeps_what_the_script_asked_for() -> None:
    error = errors.ParallelRunException("try again", code="Sleep", delay_seconds=30)
    assert (error.code, error.delay_seconds) == ("Sleep", 30)


def test_source_shows_the_lines_around_the_one_that_failed(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("import json\n\ndef init():\n    model = open('gone')\n\ndef run(data):\n    return data\n")
    shown = str(errors.Source.read(str(script), 4))
    assert shown.splitlines()[0] == f"{script}, line 4"
    assert "-->    4     model = open('gone')" in shown
    assert "       3 def init():" in shown
    assert "return data" not in shown


def test_source_of_a_file_that_is_gone_still_names_the_line(tmp_path: Path) -> None:
    assert str(errors.Source.read(str(tmp_path / "gone.py"), 7)) == f"{tmp_path / 'gone.py'}, line 7"


def test_a_cell_shows_message_lines_and_hint_without_our_frames(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text("def run(data):\n    return 1 / 0\n")
    error = errors.WebserviceException(
        "run failed", hint="service.get_logs()", source=errors.Source.read(str(script), 2)
    )
    shown = "\n".join(error._render_traceback_())
    assert shown.startswith("WebserviceException: run failed")
    assert "return 1 / 0" in shown and shown.endswith("Try: service.get_logs()")
    assert "Traceback" not in shown


@pytest.mark.parametrize("mode", ["Context", "Plain", "Minimal", "Verbose"])
def test_lines_stay_lines_in_each_of_ipythons_modes(mode: str) -> None:
    error = errors.WebserviceException("first line\nsecond line", hint="service.get_logs()")
    told = FormattedTB(mode).stb2text(error._render_traceback_())
    assert told.splitlines() == ["WebserviceException: first line", "second line", "", "Try: service.get_logs()"]


def test_what_is_not_available_points_to_the_coverage() -> None:
    assert errors.NotAvailableError("no such thing").hint == "aml-nb azureml coverage"


def test_a_cell_shows_the_brief_form_and_the_exception_keeps_v1s() -> None:
    error = errors.WebserviceException("Operation ID: 1\n{json}", hint="look")
    error.brief = "init() raised"
    assert error._render_traceback_() == ["WebserviceException: init() raised\n\nTry: look"]
    assert error.message.startswith("Operation ID")
