"""The articles' own code, run as a reader would: cell by cell, in a kernel that has loaded aml_nb."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from tests.seeds.article import Check, CodeBlock, Given, LeftOut, Scenario, blocks, mended, read
from tests.seeds.scenarios import SCENARIOS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


@pytest.fixture
def shell(engine: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A kernel's shell in a folder and a home of its own; what it deployed is deleted after the test."""
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    run(shell, "%load_ext aml_nb")
    yield shell
    run(shell, DELETE_EVERYTHING)
    run(shell, "%unload_ext aml_nb")


CASES = [
    pytest.param(scenario, engine, id=f"{engine}-{scenario.seed}-{scenario.name}")
    for scenario in SCENARIOS
    for engine in scenario.engines
]

DELETE_EVERYTHING = """
from aml_nb.core.workspace import Workspace as _Workspace
from aml_nb.core.workspace import folder as _folder
for _path, _facts in _folder.find():
    _Workspace._of(_path, _facts).delete()
"""


def run(shell: InteractiveShell, code: str) -> None:
    shell.run_cell(code).raise_error()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def code_of(scenario: Scenario) -> list[CodeBlock]:
    text = read(scenario.seed)
    if text is None:
        pytest.skip("the articles are not beside this checkout (AML_NB_SEEDS names their folder)")
    found = list(blocks(text))
    first = next(i for i, block in enumerate(found) if scenario.begins in block.code)
    last = next((i for i, block in enumerate(found) if scenario.ends and scenario.ends in block.code), None)
    return found[first:last]


@pytest.mark.parametrize(("scenario", "engine"), CASES, indirect=["engine"])
def test_the_articles_code_runs(scenario: Scenario, shell: InteractiveShell) -> None:
    found = code_of(scenario)
    if any("port=8890" in block.code for block in found) and not port_is_free(8890):
        pytest.skip("port 8890, which the article asks for, is taken on this machine")
    remaining = iter(found)
    for step in scenario.steps:
        if isinstance(step, Given | Check):
            run(shell, step.code)
            continue
        block = next(remaining)
        assert step.having in block.code, f"expected {step.having!r} in line {block.line} ff. of the article"
        if isinstance(step, LeftOut):
            continue
        print(f"--- seed {scenario.seed}, line {block.line} ff.")
        code = mended(block, step)
        if step.save_as:
            Path(step.save_as).write_text(code, encoding="utf-8")
        else:
            run(shell, code)
    assert next(remaining, None) is None, "the article has more code"
