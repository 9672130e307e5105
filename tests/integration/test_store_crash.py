"""Kill the process that registers and deletes, at random moments: the workspace is whole every time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from aml_nb.core.model import Model
from aml_nb.core.model import rows as model_rows
from aml_nb.core.store import tables
from aml_nb.core.workspace import Workspace

KILLS = 220
# Forks a worker for each kill, so that most of the time goes into the work and not into starting Python.
DRIVER = """
import os, random, signal, sys, time
from pathlib import Path
from aml_nb.core.model import register as model_register
from aml_nb.core.model import rows as model_rows
from aml_nb.core.model import update as model_update
from aml_nb.core.store import records
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace

seed, kills, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
chance = random.Random(seed)
ws = Workspace.get("test-ws")
Model.list(ws)

def work(number):
    own = random.Random(seed * 1000 + number)
    log = os.open(folder / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for name in ("a", "b/c", "b/d"):
        (folder / f"m{number}" / name).parent.mkdir(parents=True, exist_ok=True)
    Model.list(ws)
    os.write(ready, b".")
    while True:
        for name in ("a", "b/c", "b/d"):
            (folder / f"m{number}" / name).write_bytes(own.randbytes(own.choice((1, 2000, 200_000))))
        model = Model.register(ws, str(folder / f"m{number}"), own.choice("pq"))
        os.write(log, f"+{model.id}\\n".encode())
        os.write(ready, b".")
        if own.random() < 0.5:
            victim = own.choice(Model.list(ws))
            os.write(log, f"?{victim.id}\\n".encode())
            victim.delete()
        ws._store.records("setting").put(f"s{own.randrange(3)}", {"name": "x", "n": number})

sys.stdout = open(os.devnull, "w")
begun, ready = os.pipe()
turn = 0.02
for number in range(kills):
    pid = os.fork()
    if not pid:
        work(number)
    os.read(begun, 1)
    since = time.monotonic()
    for _ in range(chance.randrange(3)):
        os.read(begun, 1)
        since, turn = time.monotonic(), min(time.monotonic() - since, 0.2)
    time.sleep(chance.uniform(0, turn))  # anywhere within a turn, however busy the machine is
    os.kill(pid, signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    os.set_blocking(begun, False)
    try:
        os.read(begun, 99)
    except BlockingIOError:
        pass
    os.set_blocking(begun, True)
"""


def assert_no_gaps(known: set[str]) -> None:
    """Every version up to the last one is there, or somebody was about to delete it."""
    for name in {model_id.partition(":")[0] for model_id in known}:
        versions = sorted(int(model_id.partition(":")[2]) for model_id in known if model_id.startswith(f"{name}:"))
        assert versions == list(range(1, len(versions) + 1))


def assert_whole(ws: Workspace, folder: Path) -> None:
    """Every listed model has all its bytes, what was acknowledged is there, and SQLite finds nothing amiss."""
    again = Workspace.get(ws.name)
    listed = {model.id: model for model in Model.list(again)}
    for model in listed.values():
        files = model._files()
        assert [path.split("/", 1)[1] for path, _ in files] == ["a", "b/c", "b/d"], model.id
        for _, digest in files:
            again._artifacts.verify(digest)
    lines = (folder / "acknowledged").read_text().split()
    registered = [line[1:] for line in lines if line[0] == "+"]
    assert max(Counter(registered).values()) == 1
    attempted = {line[1:] for line in lines if line[0] == "?"}
    lost = set(registered) - set(listed) - attempted
    assert not lost
    assert_no_gaps(set(listed) | attempted)
    with again._store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        owners = set(connection.scalars(sa.select(tables.files.c.owner)))
    assert owners == {f"model/{m.name}/{m.version}" for m in listed.values()}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_hundred_kills_leave_a_whole_workspace(ws: Workspace) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    folder = Path.cwd()
    seed = random.randrange(10**6)
    print("seed", seed)
    for part in range(4):
        command = [sys.executable, "-c", DRIVER, str(seed + part), str(KILLS // 4), str(folder)]
        subprocess.run(command, env=environment, check=True, timeout=200)
        assert_whole(ws, folder)
    assert (folder / "acknowledged").read_text().count("+") > KILLS // 2
    registry = model_rows.registry(ws)
    registry.drop_doomed()
    registry.collect_garbage()
    ws._artifacts.sweep(older_than=-1)
    assert_whole(ws, folder)
    kept = {digest.sha256 for model in Model.list(ws) for _, digest in model._files()}
    assert set(ws._artifacts) == kept
    assert list((ws._folder / "artifacts" / ".staging").iterdir()) == []
    Path("after.txt").write_text("the registry goes on")
    assert Model.register(ws, "after.txt", "p").version > max((m.version for m in Model.list(ws, "p")[1:]), default=0)


CREATE = """
import os, random, signal, sys, time
from aml_nb.core.workspace import Workspace

Workspace.create("warm", show_output=False)
for turn in range(30):
    pid = os.fork()
    if not pid:
        for n in range(1000):
            Workspace.create(f"ws-{n}", resource_group=f"group{turn}", show_output=False)
    time.sleep(random.uniform(0.02, 0.4))
    os.kill(pid, signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
"""


@pytest.mark.slow
def test_a_killed_create_leaves_a_whole_workspace_or_none(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", CREATE], env=environment, check=True, timeout=60)
    found = [ws for named in Workspace.list("00000000-0000-0000-0000-000000000000").values() for ws in named]
    assert len(found) > 10
    for workspace in found:
        assert workspace.models == {}
    assert Workspace.create("ws-0", resource_group="group0", exist_ok=True, show_output=False).models == {}
