from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from aml_nb.engines.front import control, runtime
from aml_nb.engines.front.config import Backend, FrontConfig, Server
from aml_nb.engines.front.render import render

ONE = Backend("one", (Server("a", "127.0.0.1", 5001),))
SLOTS = {"one": ONE.servers}


def text(**options: object) -> str:
    return render(FrontConfig((ONE,), **options), 8000, SLOTS)  # type: ignore[arg-type]


def test_figures_are_asked_of_whoever_keeps_the_service() -> None:
    told = text(metrics=("/metrics", "/api/v1/service/iris/metrics"))
    assert "    use_backend metrics if { path /metrics /api/v1/service/iris/metrics }" in told.splitlines()
    assert told.index("use_backend metrics") < told.index("default_backend one")
    assert "    server keeper unix@metrics.sock maxconn 16" in told.splitlines()


def test_where_nobody_keeps_them_they_are_not_to_be_had_or_the_replicas_answer() -> None:
    assert "return status 404" in text(metrics=()) and "path_end /metrics" in text(metrics=())
    assert "metrics" not in text()


@pytest.mark.parametrize("metrics", [None, (), ("/metrics",)])
def test_it_comes_back_from_json(metrics: tuple[str, ...] | None) -> None:
    config = FrontConfig((ONE,), metrics=metrics)
    assert FrontConfig.from_dict(config.to_dict()) == config
    older = {name: value for name, value in FrontConfig((ONE,)).to_dict().items() if name != "metrics"}
    assert FrontConfig.from_dict(older).metrics is None


def test_what_haproxy_itself_refused_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = ["# pxname,svname,scur,stot,status,hrsp_5xx", "one,slot0,1,9,UP,2", "one,waiting,0,0,UP,0"]
    rows += ["one,BACKEND,1,12,UP,5", "other,BACKEND,0,0,UP,99"]
    answers: Iterator[str] = iter(["\n".join(rows), "# pxname,svname,scur,stot,status\none,BACKEND,,,UP"])
    monkeypatch.setattr(control, "processes", lambda folder: SimpleNamespace(serving=[7], workers=[7]))
    monkeypatch.setattr(control, "ask", lambda folder, words: next(answers))
    assert runtime.stats(tmp_path, SLOTS).failed == {"one": 3}
    assert runtime.stats(tmp_path, SLOTS).failed == {"one": 0}
