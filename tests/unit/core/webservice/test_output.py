"""Waiting for a deployment: its signs of life, and the stop button."""

from __future__ import annotations

from typing import Any

import pytest

from aml_nb.core.interrupting import only_waiting
from aml_nb.core.pipelines import waiting
from aml_nb.core.webservice import output, services
from aml_nb.core.webservice.local import LocalWebservice
from aml_nb.errors import ExperimentExecutionException


def test_the_stop_button_says_that_what_was_waited_for_goes_on() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, only_waiting("the deployment", "service.delete()"):
        raise KeyboardInterrupt
    # What IPython asks an error for, and shows in place of a traceback.
    shown = caught.value._render_traceback_()  # type: ignore[attr-defined]
    assert shown == ["KeyboardInterrupt: the waiting was stopped; the deployment goes on.\n\nTry: service.delete()"]


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(ZeroDivisionError) as caught, only_waiting("it", "nothing"):
        divmod(1, 0)
    assert not hasattr(caught.value, "_render_traceback_")


def test_a_local_service_that_starts_slowly_gives_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "_DOT_S", 0.0)
    service = object.__new__(LocalWebservice)
    monkeypatch.setattr(LocalWebservice, "state", LocalWebservice.STATE_RUNNING, raising=False)
    monkeypatch.setattr(LocalWebservice, "port", 6789, raising=False)

    def settle(tick: Any) -> None:
        tick()
        tick()

    monkeypatch.setattr(service, "_settle", settle, raising=False)
    service.wait_for_deployment()
    said = capsys.readouterr().out
    assert said == "Checking container health.....\nLocal webservice is running at http://localhost:6789\n"


@pytest.mark.parametrize(
    ("record", "awaited"),
    [
        ({"spec": {"revision": 1}}, 1),  # deployed anew since: revision 5 will never come
        ({"spec": {"revision": 4}, "lastRevision": 5}, 5),  # it was refused, and the old one goes on
        ({"spec": {"revision": 4}, "pending": {"revision": 6}}, 5),
        ({"spec": {"revision": 7}}, 5),
    ],
    ids=["anew", "refused", "another", "overtaken"],
)
def test_an_operation_waits_for_a_revision_that_can_come(record: dict[str, Any], awaited: int) -> None:
    assert services.revision_of(record, output.Operation(5)) == awaited


def test_so_does_waiting_for_a_pipeline_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(waiting, "_pipeline", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        waiting.pipeline(None, False, 1.0, True)  # type: ignore[arg-type]
    assert "the pipeline goes on" in caught.value._render_traceback_()[0]  # type: ignore[attr-defined]
    with pytest.raises(ExperimentExecutionException, match="still executing"):
        waiting.pipeline(None, True, 1.0, True)  # type: ignore[arg-type]
