"""Eight processes register at once: every one gets a version of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace

PROCESSES, TIMES = 8, 100
REGISTER = f"""
import contextlib, io, sys
from pathlib import Path
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace

ws = Workspace.get("test-ws")
path = Path(f"model-{{sys.argv[1]}}.pkl")
for turn in range({TIMES}):
    path.write_text(f"{{turn}} of {{sys.argv[1] if turn % 2 else 'anyone'}}")
    with contextlib.redirect_stdout(io.StringIO()):
        model = Model.register(ws, str(path), "iris")
    print(model.version)
"""


@pytest.mark.slow
def test_racing_processes_get_distinct_versions(ws: Workspace) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    racers = [
        subprocess.Popen([sys.executable, "-c", REGISTER, str(n)], stdout=subprocess.PIPE, text=True, env=environment)
        for n in range(PROCESSES)
    ]
    outputs = [racer.communicate(timeout=100)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * PROCESSES
    versions = [int(line) for output in outputs for line in output.split()]
    wanted = list(range(1, PROCESSES * TIMES + 1))
    assert sorted(versions) == wanted
    assert sorted(model.version for model in Model.list(ws)) == wanted
    for output in outputs:
        mine = [int(line) for line in output.split()]
        assert mine == sorted(mine)
    distinct = TIMES // 2 * PROCESSES + TIMES // 2
    assert len(list(ws._artifacts)) == distinct


def test_racing_threads_get_distinct_versions(ws: Workspace) -> None:
    Path("model.pkl").write_text("x")
    versions: list[int] = []

    def register() -> None:
        versions.extend(Model.register(ws, "model.pkl", "iris").version for _ in range(15))

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 61))


def test_one_of_two_who_create_a_workspace_at_once_wins(home: Path) -> None:
    code = "from aml_nb.core.workspace import Workspace; print(Workspace.create('same', exist_ok=True)._id)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    racers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(4)
    ]
    ids = {racer.communicate(timeout=60)[0].split()[-1] for racer in racers}
    assert ids == {Workspace.get("same")._id}


CHURN = """
import contextlib, random, sys
from pathlib import Path
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace

ws, chance, path = Workspace.get("test-ws"), random.Random(int(sys.argv[1])), Path(f"model-{sys.argv[1]}.pkl")
with contextlib.redirect_stdout(None):
    for _ in range(40):
        path.write_text(str(chance.randrange(3)))
        Model.register(ws, str(path), "iris")
        if chance.random() < 0.8:
            chance.choice(Model.list(ws) or [Model.register(ws, str(path), "iris")]).delete()
"""


@pytest.mark.slow
def test_deleting_and_registering_the_same_bytes_at_once_loses_none(ws: Workspace) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    racers = [subprocess.Popen([sys.executable, "-c", CHURN, str(n)], env=environment) for n in range(4)]
    assert [racer.wait(timeout=100) for racer in racers] == [0] * 4
    kept = {digest for model in Model.list(ws) for _, digest in model._files()}
    for digest in kept:
        ws._artifacts.verify(digest)
    assert set(ws._artifacts) == {digest.sha256 for digest in kept}
