"""Mini-batches on the workers of a real Dask cluster, some of which are lost while they have one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import ComputeTarget, DaskCompute
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.environment import Environment
from aml_nb.core.pipelines.parallel.config import ParallelRunConfig
from aml_nb.core.pipelines.parallel.step import ParallelRunStep
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace
from aml_nb.engines.batch import BatchSummary, run_batch
from aml_nb.engines.dask import connected
from tests import namespaces
from tests.integration.batching import Job
from tests.integration.dasking import Cluster, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

FILES, BATCHES = 60, 30
HELD = """
import os, time

def run(mini_batch):
    top = os.environ["TOP"]
    with open(os.path.join(top, "begun"), "a") as file:
        file.write(f"{os.getppid()}\\n")
    while os.path.exists(os.path.join(top, "hold")):
        time.sleep(0.02)
    return [open(path).read() for path in mini_batch]
"""
"""A mini-batch says in which process of the cluster it has begun, and does not end while there is a file "hold"."""


@pytest.fixture(scope="module")
def lab(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler for the whole file: each of its processes takes seconds to start."""
    require("dask")
    with ExitStack() as stack:
        yield Cluster(stack, tmp_path_factory.mktemp("lab"))


@pytest.fixture
def cluster(lab: Cluster) -> Cluster:
    """Two workers on this machine; those that a test has killed are replaced."""
    lab.workers[:] = [worker for worker in lab.workers if worker.poll() is None]
    while len(lab.workers) < 2:
        lab.add_worker()
    return lab


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The rows of the same files by workers of this machine."""
    job = Job(tmp_path_factory.mktemp("here"), files=FILES)
    assert job.run().status == "Completed"
    return job.rows()


def begun(top: Path) -> Counter[int]:
    """How many mini-batches each process of the cluster has begun."""
    try:
        return Counter(map(int, (top / "begun").read_text().split()))
    except FileNotFoundError:
        return Counter()


def hold(top: Path) -> Path:
    (top / "hold").touch()
    return top / "hold"


def scored(job: Job, cluster: Cluster, lose: Callable[[], object]) -> BatchSummary:
    """Score on all workers of a cluster; ``lose`` is called while each of them has a mini-batch."""
    found: list[BatchSummary] = []
    with connected(cluster.address) as client:
        until(lambda: len(client.nthreads()) == len(cluster.workers))
        executor, spec = client.get_executor(pure=False), job.spec(processes=len(cluster.workers))

        def work() -> None:
            found.append(run_batch(spec, job.folder, executor=executor, tell=job.said.append))

        held = hold(job.top)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        until(lambda: len(begun(job.top)) == len(cluster.workers))
        lose()
        held.unlink()
        thread.join(90)
    assert found, job.said
    return found[0]


def test_the_rows_are_those_of_this_machine(cluster: Cluster, tmp_path: Path, undisturbed: list[str]) -> None:
    job = Job(tmp_path, HELD, FILES)
    summary = scored(job, cluster, lambda: None)
    assert (summary.status, summary.rows, summary.retries) == ("Completed", FILES, 0)
    assert job.rows() == undisturbed and job.whole(FILES)
    assert begun(tmp_path).total() == BATCHES
    assert set(begun(tmp_path)) == {worker.pid for worker in cluster.workers}


def test_a_worker_that_is_killed_costs_no_row_and_doubles_none(
    cluster: Cluster, tmp_path: Path, undisturbed: list[str]
) -> None:
    job, lost = Job(tmp_path, HELD, FILES), cluster.workers[0]
    summary = scored(job, cluster, lost.kill)
    assert (summary.status, summary.done, summary.rows) == ("Completed", BATCHES, FILES)
    assert job.rows() == undisturbed and job.whole(FILES)
    assert begun(tmp_path) == {lost.pid: 1, cluster.workers[1].pid: BATCHES}, "what it had was begun again"


def test_of_three_machines_one_is_killed_and_one_cut_off(
    require: Callable[[str], None], tmp_path: Path, undisturbed: list[str]
) -> None:
    require("dask")
    require("netns")
    job = Job(tmp_path, HELD, FILES)
    with ExitStack() as stack:
        machines = stack.enter_context(namespaces.machines(3))
        cluster = Cluster(stack, tmp_path, machines.host, ttl="8s")
        killed, cut, left = [cluster.add_worker(machines.addresses[n], machines.inside(n)) for n in range(3)]

        def lose() -> None:
            killed.kill()
            machines.cut(1)

        summary = scored(job, cluster, lose)
    assert (summary.status, summary.done, summary.rows) == ("Completed", BATCHES, FILES)
    assert job.rows() == undisturbed and job.whole(FILES)
    found = begun(tmp_path)
    assert found[killed.pid] == 1 and found[cut.pid] >= 1
    assert found[left.pid] == BATCHES, "what the others had was begun again"


def step(ws: Workspace, target: Any, data: Path, top: Path) -> ParallelRunStep:
    """The script above on a compute target."""
    Path("scripts").mkdir(exist_ok=True)
    Path("scripts/score.py").write_text(HELD)
    config = ParallelRunConfig(
        environment=Environment("batch"),
        entry_script="score.py",
        source_directory="scripts",
        error_threshold=0,
        output_action="append_row",
        compute_target=target,
        node_count=1,
        mini_batch_size="2",
        environment_variables={"TOP": str(top)},
    )
    name = f"on-{getattr(target, 'name', target)}"
    files = Dataset.File.from_files(str(data)).as_named_input("files")
    return ParallelRunStep(name, config, [files], PipelineData("rows", datastore=ws.get_default_datastore()))


def test_a_parallel_step_on_an_attached_cluster_loses_a_worker(cluster: Cluster, ws: Workspace, tmp_path: Path) -> None:
    target = ComputeTarget.attach(ws, "lab", DaskCompute.attach_configuration(cluster.address))
    data, here, there = tmp_path / "data", tmp_path / "here", tmp_path / "there"
    for folder in (data, here, there):
        folder.mkdir()
    for number in range(FILES):
        (data / f"{number:02d}").write_text(f"row {number}")
    with connected(cluster.address) as client:
        until(lambda: len(client.nthreads()) == 2)
    held = hold(there)
    steps = [step(ws, "local", data, here), step(ws, target, data, there)]
    run = Experiment(ws, "batch").submit(Pipeline(ws, steps))
    until(lambda: len(begun(there)) == 2)
    cluster.workers[0].kill()
    held.unlink()
    assert run.wait_for_completion(show_output=False, timeout_seconds=60) == "Finished"
    assert begun(there) == {cluster.workers[0].pid: 1, cluster.workers[1].pid: BATCHES}
    rows = {}
    for name in ("on-local", "on-lab"):
        (found,) = run.find_step_run(name)
        found.get_output_data("rows").download(local_path=name, show_progress=False)
        (file,) = Path(name).rglob("parallel_run_step.txt")
        rows[name] = sorted(file.read_text().splitlines())
    assert rows["on-lab"] == rows["on-local"] == sorted(f"row {number}" for number in range(FILES))
