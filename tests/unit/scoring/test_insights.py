from __future__ import annotations

import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aml_nb.scoring import insights as module
from aml_nb.scoring.app import Application
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.http import HeadCache
from aml_nb.scoring.insights import Insights, begin, current_request_id
from aml_nb.scoring.invocation import Invocation
from aml_nb.scoring.lines_file import LinesFile, files_of
from aml_nb.scoring.listening_in import ListeningIn
from aml_nb.scoring.telemetry import WorkerLog

SCRIPT = """
import logging, sys
from aml_nb.scoring.batching import merge_requests
log = logging.getLogger("mine")
def init():
    print("ready")
def run(raw_data):
    print("one", end=" ")
    print("line")
    print("to the side", file=sys.stderr)
    logging.basicConfig()
    log.warning("careful %d", 3)
    log.debug("unheard")
    if raw_data == "bad":
        raise ValueError("no such thing")
    print("no end", end="")
    return raw_data
"""


class Worker:
    """An application with insights, asked without a socket."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        (folder / "score.py").write_text(SCRIPT)
        self.folder = folder / "insights"
        config = ServerConfig("svc", str(folder), "score.py", "", revision=3, app_insights=True, **settings)
        log = WorkerLog(handle=-1)
        self.insights = begin(Insights(self.folder, config))
        self.ears = ListeningIn(self.insights)
        self.insights.after = self.ears.end_request
        self.ears.begin()
        script = Invocation.load(config, log)
        script.insights = self.insights
        script.init()
        self.app = Application(config, script, log, insights=self.insights)

    def ask(self, body: bytes, **headers: str) -> dict[str, str]:
        rows = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        raw = f"POST /score HTTP/1.1\r\nHost: localhost\r\n{rows}Content-Length: {len(body)}\r\n\r\n"
        head = HeadCache().parse(raw.encode())
        payload = self.app.direct(head) or self.app.score(head, body)
        lines = payload.data.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines)

    def told(self, kind: str) -> list[dict[str, Any]]:
        self.insights.flush()
        path = self.folder / f"{kind}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def listening(folder: Path) -> Iterator[Worker]:
    """A worker whose ears are in the streams that the test itself has: pytest has others for its fixtures."""
    made = Worker(folder)
    try:
        yield made
    finally:
        made.ears.stop()
        module._current.clear()


def test_a_request_with_opentelemetrys_names_and_the_id_that_its_caller_got(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        headers = worker.ask(b"hello", User_Agent="test", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
        (request,) = worker.told("requests")
        assert request["request_id"] == headers["x-ms-request-id"]
        assert request["http.request.method"] == "POST" and request["url.path"] == "/score"
        assert request["http.response.status_code"] == 200 and request["success"] is True
        assert request["service.name"] == "svc" and request["service.version"] == "3"
        assert request["user_agent.original"] == "test"
        assert (request["request_body"], request["response_body"]) == ("hello", '"hello"')
        assert (request["trace_id"], request["parent_span_id"]) == ("a" * 32, "b" * 16)
        assert request["duration_ms"] >= request["run_ms"] >= 0
        assert "error.type" not in request


def test_prints_and_logging_belong_to_their_request(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with listening(tmp_path) as worker:
        one, two = worker.ask(b"a"), worker.ask(b"b", x_ms_client_request_id="mine")
        traces = worker.told("traces")
        assert "request_id" not in traces[0] and traces[0]["message"] == "ready"
        for headers, told in ((one, traces[1:5]), (two, traces[5:])):
            assert [(t["message"], t["severity_text"], t["source"]) for t in told] == [
                ("one line", "INFO", "stdout"), ("to the side", "WARN", "stderr"), ("careful 3", "WARN", "logging"),
                ("no end", "INFO", "stdout"),
            ]  # fmt: skip
            assert {t["request_id"] for t in told} == {headers["x-ms-request-id"]}
        assert traces[5]["request_id"] == "mine"
        assert (traces[3]["otel.scope.name"], traces[3]["code.file.path"]) == ("mine", "score.py")
        assert SCRIPT.splitlines()[traces[3]["code.line.number"] - 1].strip().startswith("log.warning")


def test_an_exception_with_the_line_of_the_script(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        headers = worker.ask(b"bad")
        (told,) = worker.told("exceptions")
        assert (told["exception.type"], told["exception.message"]) == ("ValueError", "no such thing")
        assert (told["code.file.path"], told["source_line"]) == ("score.py", 'raise ValueError("no such thing")')
        assert "line 15, in run" in told["exception.stacktrace"]
        assert told["request_id"] == headers["x-ms-request-id"] == worker.told("requests")[0]["request_id"]
        assert worker.told("requests")[0]["error.type"] == "500"


def test_the_request_that_is_computed_is_known_only_meanwhile(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        heard: list[str | None] = []
        worker.insights.after = lambda: heard.append(current_request_id())
        headers = worker.ask(b"a")
        assert heard == [headers["x-ms-request-id"]] and current_request_id() is None


def test_a_time_that_is_over_has_the_id_of_its_request(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        head = HeadCache().parse(b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        asked = module.Asked("id-1", head)
        with worker.insights.meanwhile([asked]):
            worker.app.route(head)
            worker.app.problem(head, 500, "Scoring timeout after 1 ms", failed=True)
            worker.app.problem(head, 503, "busy")
        assert [r["request_id"] == "id-1" for r in worker.told("requests")] == [True, False]
        (told,) = worker.told("exceptions")
        assert (told["exception.type"], told["request_id"]) == ("ScoringTimeout", "id-1")


def test_long_bodies_and_messages_are_cut(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        worker.ask(b"x" * 100_000)
        (request,) = worker.told("requests")
        assert request["http.request.body.size"] == 100_000
        assert len(request["request_body"]) == module.BODY_CHARACTERS
        sys.stdout.write("y" * 100_000 + "\n")
        assert len(worker.told("traces")[-1]["message"]) < 20_000


def test_a_log_record_that_cannot_be_formatted_stops_nothing(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        logging.getLogger("mine").addHandler(logging.NullHandler())
        logging.getLogger("mine").propagate = False
        try:
            logging.getLogger("mine").error("%d", "three")
        finally:
            logging.getLogger("mine").propagate = True
        assert worker.told("traces")[-1]["message"] == "%d"


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (["a", "", "b\nc", "\n", "\n"], ["ab", "c"]), (["a\n\nb\n"], ["a", "b"]),
        (["x" * 40_000] * 3, ["x" * 16_384] * 2),
        (["."] * 65_540 + ["\n"], ["." * 16_384, "..."]),
        (["50%\r", "100%\r\n"], ["50%\r100%"]), ([" ", "\n", "end"], ["end"]),
    ],
)  # fmt: skip
def test_lines_are_told_however_they_are_written(tmp_path: Path, written: list[str], lines: list[str]) -> None:
    with listening(tmp_path) as worker:
        worker.told("traces")
        before = len(worker.told("traces"))
        for text in written:
            sys.stdout.write(text)
        worker.ears.end_request()
        assert [t["message"] for t in worker.told("traces")[before:]] == lines


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_exception_without_words_can_be_logged_as_before(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        log = logging.getLogger("mine")
        log.addHandler(logging.NullHandler())
        log.propagate = False
        try:
            log.error("failed", exc_info=(Mute, Mute(), None))
            log.error(Mute())
        finally:
            log.propagate = True
        assert [t["message"] for t in worker.told("traces")[-2:]] == ["failed\nMute: ", ""]


def test_code_with_ever_new_names_fills_no_memory(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        for number in range(3 * module._MOST_PATHS):
            worker.insights.trace("x", 20, "stdout", None, f"<made {number}>", 1)
        assert len(worker.insights._short) <= module._MOST_PATHS


def test_a_forked_process_tells_nothing_of_its_parents_again(tmp_path: Path) -> None:
    with listening(tmp_path) as worker:
        worker.insights.flush()
        worker.insights.trace("of the parent", 20, "stdout", None, None, 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, in Python 3.12
            child = os.fork()
        if not child:
            try:
                worker.insights.trace("of the child", 20, "stdout", None, None, 0)
                worker.insights.flush()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        found = [t["message"] for t in worker.told("traces") if t["message"].startswith("of")]
        assert sorted(found) == ["of the child", "of the parent"]


def test_files_of_lines_are_turned_over_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lines"
    file = LinesFile(path, max_bytes=1000, kept=2)
    for number in range(200):
        assert file.write(b"%020d\n" % number)
    found = files_of(path, kept=2)
    assert [each.name for each in found] == ["lines.2", "lines.1", "lines"]
    assert all(each.stat().st_size <= 1000 for each in found)
    numbers = [int(line) for each in found for line in each.read_text().split()]
    assert numbers == list(range(numbers[0], 200)) and len(numbers) > 80


def test_many_write_at_once_and_no_line_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "lines"

    def write(name: int) -> None:
        file = LinesFile(path, max_bytes=20_000, kept=3)
        for number in range(200):
            file.write(b"%d:%d\n" % (name, number))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for each in files_of(path) for line in each.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name}:{number}" for name in range(4) for number in range(200))


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert LinesFile(tmp_path / "file" / "lines").write(b"x\n") is False
