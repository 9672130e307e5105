"""Many processes want the nodes of one cluster, and are killed at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from aml_nb.core.compute.pool import Lease, Pool, Settings

# A run that has nodes also takes locks that the pool knows nothing of, one a node of the cluster: where it cannot have
# one, there are more holders than nodes. They are opened first, so that a killed process gives them back first.
RUN = """
import fcntl, os, pathlib, sys, time
from aml_nb.core.compute.pool import Pool
folder, name, rounds, nodes = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
slots = [os.open(folder / f"slot{n}", os.O_RDWR | os.O_CREAT) for n in range(3)]
log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def hold(slot):
    try:
        fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
for _ in range(rounds):
    with Pool(folder, "cpu").acquire(name, nodes, tell=lambda said: None, stopped=lambda: False) as lease:
        held = []
        for slot in slots:
            if len(held) < nodes and hold(slot):
                held.append(slot)
        os.write(log, f"{'turn' if len(held) == nodes == len(lease.nodes) else 'CLASH'} {name}\\n".encode())
        lease.stage("running")
        time.sleep(0.002)
        for slot in held:
            fcntl.flock(slot, fcntl.LOCK_UN)
os.write(log, f"done {name}\\n".encode())
"""


def start(folder: Path, name: str, rounds: int, nodes: int = 1) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(folder), name, str(rounds), str(nodes)])


def acquired(pool: Pool, run_id: str, nodes: int = 1) -> Lease:
    lease = pool.acquire(run_id, nodes, tell=print, stopped=lambda: False)
    assert lease is not None
    return lease


def lines(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text().splitlines() if log.exists() else []


def turns_of_others(folder: Path) -> int:
    return len([line for line in lines(folder) if line.startswith(("turn victim", "turn later"))])


def test_never_more_holders_than_nodes_and_everybody_alive_gets_a_turn(tmp_path: Path) -> None:
    pool = Pool(tmp_path, "cpu")
    pool.configure(Settings(0, 3, 100))
    stay = [start(tmp_path, f"stay{n}", 6, 1 + n % 2) for n in range(6)]
    dice = random.Random(7)
    victims = [start(tmp_path, f"victim{n}", 10**6, 1 + n % 3) for n in range(6)]
    try:
        for n in range(10):
            time.sleep(dice.uniform(0.02, 0.15))
            struck = victims.pop(dice.randrange(len(victims)))
            struck.kill()
            struck.wait()
            victims.append(start(tmp_path, f"later{n}", 10**6, 1 + n % 3))
        for process in stay:
            assert process.wait(timeout=60) == 0
        # On a busy machine the others begin late.
        end = time.monotonic() + 60
        while turns_of_others(tmp_path) <= 6 and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        for process in [*stay, *victims]:
            process.kill()
            process.wait()
    seen = lines(tmp_path)
    assert not [line for line in seen if line.startswith("CLASH")]
    assert {line for line in seen if line.startswith("done")} == {f"done stay{n}" for n in range(6)}
    assert turns_of_others(tmp_path) > 6
    assert {node.state for node in pool.nodes()} == {"idle"} and pool.waiting() == []
    with acquired(pool, "last", 3) as lease:
        assert len(lease.nodes) == 3
    assert list((tmp_path / "compute" / "cpu" / "tickets").iterdir()) == []


def test_a_killed_run_frees_its_node_at_once(tmp_path: Path) -> None:
    pool = Pool(tmp_path, "cpu")
    pool.configure(Settings(0, 1, 100))
    code = (
        "import pathlib, sys, time\nfrom aml_nb.core.compute.pool import Pool\n"
        "Pool(pathlib.Path(sys.argv[1]), 'cpu').acquire('a', tell=print, stopped=lambda: False).stage('running')\n"
        "print('have', flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"have\n"
        assert [(node.state, node.run_id) for node in pool.nodes()] == [("running", "a")]
        process.kill()
        process.wait()
        began = time.monotonic()
        with acquired(pool, "b") as lease:
            assert time.monotonic() - began < 10 and len(lease.nodes) == 1
