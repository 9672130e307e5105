"""Parallel steps in pipelines, as a notebook has them: real workers, real output, real failures."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest

from aml_nb.core.compute.amlcompute import AmlCompute
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.output_config import OutputFileDatasetConfig
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.environment import Environment
from aml_nb.core.model import Model
from aml_nb.core.pipelines.parallel import progress, resume
from aml_nb.core.pipelines.parallel.config import ParallelRunConfig
from aml_nb.core.pipelines.parallel.step import ParallelRunStep
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, ComputeTargetException, UserErrorException
from tests import azurite

pytestmark = pytest.mark.timeout(120)

NAMES = """
import os

def run(mini_batch):
    return [os.path.basename(path) for path in mini_batch]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve files, each with a number in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02d}.csv").write_text(f"{number}\n")
    return folder


def config(script: str, **changed: Any) -> ParallelRunConfig:
    """A configuration with its script in a folder of its own."""
    folder = Path(f"scripts-{abs(hash(script))}")
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text(script)
    given: dict[str, Any] = {
        "environment": Environment("batch"),
        "entry_script": "score.py",
        "source_directory": str(folder),
        "error_threshold": 0,
        "output_action": "append_row",
        "compute_target": "local",
        "node_count": 1,
        "process_count_per_node": 1,
        "mini_batch_size": "5",
    }
    return ParallelRunConfig(**{**given, **changed})


def output(ws: Workspace, name: str = "inferences") -> PipelineData:
    return PipelineData(name, datastore=ws.get_default_datastore())


def submit(ws: Workspace, steps: list[Any], **kwargs: Any) -> Any:
    return Experiment(ws, "batch").submit(Pipeline(ws, steps), **kwargs)


def ended(run: Any) -> Any:
    """The run, over; whatever its end."""
    run.wait_for_completion(show_output=False, raise_on_error=False, timeout_seconds=90)
    return run


def step_of(run: Any, name: str = "score") -> Any:
    return run.find_step_run(name)[0]


def rows(step: Any, name: str = "inferences", file: str = "parallel_run_step.txt") -> list[str]:
    """The rows, found as the articles find them."""
    folder = Path(f"results-{step.id}")
    step.get_output_data(name).download(local_path=str(folder), show_progress=False)
    (found,) = [Path(root) / each for root, _, files in os.walk(folder) for each in files if each.endswith(file)]
    assert found.relative_to(folder).parts[:3] == ("azureml", step.id, name), "v1's place for PipelineData"
    return found.read_text().splitlines()


def message_of(step: Any) -> str:
    return str(step.get_details()["error"]["error"]["message"])


ALL = """
import argparse, os
import joblib
from azureml.core import Model, Run
from azureml_user.parallel_run import EntryScript

def init():
    global model, args, run_id
    parser = argparse.ArgumentParser()
    parser.add_argument("--factor", type=int)
    parser.add_argument("--side")
    parser.add_argument("--mini_batch_size", type=int)
    parser.add_argument("--output")
    args, _ = parser.parse_known_args()
    model = joblib.load(Model.get_model_path("offset"))
    run_id = Run.get_context().id
    EntryScript().logger.info("ready")
    print("printed by init")

def run(mini_batch):
    assert len(mini_batch) <= args.mini_batch_size == 5
    side = open(os.path.join(args.side, "00.csv")).read().strip()
    assert os.environ["AZUREML_BI_OUTPUT_PATH"] == args.output
    with open(os.path.join(args.output, f"{os.path.basename(mini_batch[0])}.note"), "w") as file:
        file.write(run_id)
    return [
        f"{os.path.basename(path)}: {int(open(path).read()) * args.factor + model} {side} {os.environ['MODE']}"
        for path in mini_batch
    ]

def shutdown():
    print("printed by shutdown")
"""


def test_an_entry_script_has_all_that_v1_gives_it(ws: Workspace, home: Path, data: Path) -> None:
    joblib.dump(1000, "offset.pkl")
    Model.register(ws, "offset.pkl", "offset")
    dataset = Dataset.File.from_files(str(data)).register(ws, "batch-data")
    step = ParallelRunStep(
        name="score",
        models=[Model(ws, "offset")],
        parallel_run_config=config(ALL, environment_variables={"MODE": "test"}),
        inputs=[dataset.as_named_input("batch_data")],
        side_inputs=[dataset.as_named_input("aside").as_mount()],
        output=output(ws),
        arguments=["--factor", PipelineParameter("factor", 2), "--side", dataset.as_named_input("aside").as_mount()],
    )
    run = submit(ws, [step], pipeline_parameters={"factor": 3})
    assert run.wait_for_completion(show_output=False) == "Finished"
    score = step_of(run)
    expected = [f"{n:02d}.csv: {n * 3 + 1000} 0 test" for n in range(12)]
    folder = Path("results")
    score.get_output_data("inferences").download(local_path=str(folder), show_progress=False)
    (file,) = folder.rglob("parallel_run_step.txt")
    assert sorted(file.read_text().splitlines()) == expected
    assert {note.read_text() for note in folder.rglob("*.note")} == {score.id}, "side files, and the run's own id"
    logs = RunFolder(ws, score.id).logs / "logs"
    assert (logs / "user/stdout/0/process000.stdout.txt").read_text().split("\n")[:2] == [
        "printed by init",
        "printed by shutdown",
    ]
    assert "ready" in (logs / "user/entry_script_log/0/process000.log.txt").read_text()
    assert "rows: 12" in (logs / "job_result.txt").read_text()
    assert "12 of 12" in (logs / "job_progress_overview.txt").read_text()
    found = progress.read(ws, score._look())
    assert found is not None and progress.share(found) == 1.0
    assert progress.sentence(found, over=True) == "3 of 3 mini-batches, 12 of 12 items"


TABLE = """
def run(mini_batch):
    mini_batch["double"] = mini_batch["n"] * 2
    return mini_batch[["word", "double"]]
"""


def test_a_table_comes_in_frames_and_its_rows_go_to_a_file_of_that_name(ws: Workspace, home: Path) -> None:
    Path("rows.csv").write_text("n,word\n" + "".join(f"{n},w{n}\n" for n in range(500)))
    dataset = Dataset.Tabular.from_delimited_files("rows.csv")
    settings = config(TABLE, mini_batch_size="1KB", append_row_file_name="scored.txt")
    step = ParallelRunStep("score", settings, [dataset.as_named_input("rows")], output(ws))
    score = step_of(ended(submit(ws, [step])))
    assert score.get_status() == "Finished", score.get_details()
    assert sorted(rows(score, file="scored.txt")) == sorted(f"w{n} {n * 2}" for n in range(500))
    found = progress.read(ws, score._look())
    assert found is not None and found["batches"] > 3
    assert not list(progress.job_folder(ws, score.id).glob("input*")), "the copy of the table is gone"


PARTS = """
import os

def run(mini_batch, mini_batch_context):
    keys = mini_batch_context.partition_key_value
    assert mini_batch_context.dataset.partition_keys == ["store"]
    return [f"{keys['store']} {len(mini_batch)}"]
"""
READ = """
import sys
from pathlib import Path
Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
for line in Path(sys.argv[1], "parallel_run_step.txt").read_text().split():
    Path(sys.argv[2], line).write_text(line)
"""


def test_steps_read_what_others_wrote_and_partitions_are_mini_batches(ws: Workspace, home: Path) -> None:
    from aml_nb.core.pipelines.script_step import PythonScriptStep

    for name in ("north/1.csv", "north/2.csv", "south/1.csv"):
        Path("stores", name).parent.mkdir(parents=True, exist_ok=True)
        Path("stores", name).write_text("1\n")
    Path("between").mkdir()
    Path("between/split.py").write_text(READ)
    parts = Dataset.File.from_files(os.path.abspath("stores/**"), partition_format="/{store}/*.csv")
    first = OutputFileDatasetConfig("names")
    split, last = output(ws, "split"), output(ws, "last")
    by_store = config(PARTS, mini_batch_size=None, partition_keys=["store"], append_row_file_name="stores.txt")
    steps = [
        ParallelRunStep("stores", by_store, [parts.as_named_input("by_store")], output(ws, "stores")),
        ParallelRunStep("score", config(NAMES), [parts.as_named_input("files")], first),
        PythonScriptStep(
            "split.py",
            name="split",
            source_directory="between",
            compute_target="local",
            inputs=[first.as_input("names")],
            outputs=[split],
            arguments=[first.as_input("names"), split],
        ),
        ParallelRunStep("again", config(NAMES), [split.as_dataset()], last),
        ParallelRunStep("plain", config(NAMES), [split], output(ws, "plain")),
    ]
    run = ended(submit(ws, steps))
    assert run.get_status() == "Finished", run.get_details()
    assert sorted(rows(step_of(run, "stores"), "stores", "stores.txt")) == ["north 2", "south 1"]
    for name, written in (("again", "last"), ("plain", "plain")):
        assert sorted(rows(step_of(run, name), written)) == ["1.csv", "2.csv"]


BROKEN: dict[str, tuple[str, str]] = {
    "without-run": ("def init():\n    pass\n", "has no run() function"),
    "returns-none": ("def run(mini_batch):\n    pass\n", "run() returned None"),
    "returns-text": ("def run(mini_batch):\n    return 'three'\n", "run() returned a str"),
    "too-few": ("def run(mini_batch):\n    return mini_batch[1:]\n", "error_threshold"),
    "raises": ("def run(mini_batch):\n    wrong = 1\n    return mini_batch[99]\n", "IndexError"),
    "init-raises": ("def init():\n    int('x')\n\ndef run(mini_batch):\n    return []\n", "init() raised ValueError"),
    "syntax": ("def run(mini_batch)\n    return []\n", "SyntaxError"),
}


def test_what_cannot_go_well_fails_with_its_reason_and_the_line(ws: Workspace, home: Path, data: Path) -> None:
    dataset = Dataset.File.from_files(str(data))
    (home / "empty").mkdir()
    nothing = Dataset.File.from_files(str(home / "empty"), validate=False)
    steps = [
        ParallelRunStep(
            name,
            config(script, run_max_try=1),
            [dataset.as_named_input("files")],
            output(ws, name.replace("-", "_")),
        )
        for name, (script, _) in BROKEN.items()
    ]
    steps.append(ParallelRunStep("empty", config(NAMES), [nothing.as_named_input("files")], output(ws, "empty")))
    size = PipelineParameter("size", "5")
    sized = config(NAMES, mini_batch_size=size)
    steps.append(ParallelRunStep("sized", sized, [dataset.as_named_input("files")], output(ws, "sized")))
    given = {"pipeline_parameters": {"size": "5 kilos"}, "continue_on_step_failure": True}
    run = ended(submit(ws, steps, **given))
    assert run.get_status() == "Failed"
    for name, (script, told) in BROKEN.items():
        step = step_of(run, name)
        assert step.get_status() == "Failed"
        said = message_of(step)
        assert told in said, (name, said)
        place = os.path.join(os.path.abspath(f"scripts-{abs(hash(script))}"), "score.py")
        assert name == "too-few" or place in said, (name, said)
    assert "-->    3     return mini_batch[99]" in message_of(step_of(run, "raises"))
    assert "has no file" in message_of(step_of(run, "empty"))
    assert "mini_batch_size" in message_of(step_of(run, "sized")) and "5 kilos" in message_of(step_of(run, "sized"))


ONE_BAD = """
import os

def run(mini_batch):
    return [str(int(open(path).read())) for path in mini_batch]
"""


def test_an_unreadable_file_costs_its_mini_batch_and_is_named(ws: Workspace, home: Path, data: Path) -> None:
    (data / "07.csv").write_bytes(b"\xff\xfe\x00broken")
    dataset = Dataset.File.from_files(str(data))
    settings = config(ONE_BAD, mini_batch_size=2, error_threshold=5, run_max_try=2)
    summary = config(ONE_BAD, mini_batch_size=2, error_threshold=5, run_max_try=1, output_action="summary_only")
    steps = [
        ParallelRunStep("score", settings, [dataset.as_named_input("files")], output(ws)),
        ParallelRunStep("summary", summary, [dataset.as_named_input("files")]),
    ]
    run = ended(submit(ws, steps))
    assert run.get_status() == "Finished", run.get_details()
    assert sorted(map(int, rows(step_of(run)))) == [0, 1, 2, 3, 4, 5, 8, 9, 10, 11]
    text = (RunFolder(ws, step_of(run).id).logs / "logs/job_error.txt").read_text()
    assert "07.csv" in text and "UnicodeDecodeError" in text and "(try 2 of 2)" in text
    assert os.path.abspath(settings.source_directory or "") in text, "the user's own path"
    told = list(progress.errors(ws, step_of(run)._look()))
    assert len(told) == 2 and any("07.csv" in path for path in told[0]["files"])
    found = progress.read(ws, step_of(run, "summary")._look())
    assert found is not None and found["items_failed"] == 2


HELD = """
import os, time

def run(mini_batch):
    while int(os.path.basename(mini_batch[0])[:2]) >= 6 and not os.path.exists(GO):
        time.sleep(0.02)
    return [os.path.basename(path) for path in mini_batch]
"""


def until(ready: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def begun(ws: Workspace, run: Any) -> Any:
    """The step's run, when some of its mini-batches are done."""

    def some() -> Any:
        steps = run.find_step_run("score")
        found = progress.read(ws, steps[0]._look()) if steps else None
        return steps[0] if found and found["done"] >= 2 else None

    return until(some)


def test_a_killed_job_goes_on_and_the_pipeline_takes_its_output(ws: Workspace, home: Path, data: Path) -> None:
    for number in range(12, 30):
        (data / f"{number:02d}.csv").write_text("")
    dataset = Dataset.File.from_files(str(data))
    go = Path("go").absolute()
    held = HELD.replace("GO", repr(str(go)))
    step = ParallelRunStep("score", config(held, mini_batch_size=1), [dataset.as_named_input("files")], output(ws))
    pipeline = Pipeline(ws, [step])
    run = Experiment(ws, "batch").submit(pipeline)
    killed = begun(ws, run)
    with pytest.raises(UserErrorException, match="still going"):
        resume.resume(killed)
    keeper = json.loads((RunFolder(ws, killed.id).path / "keeper.json").read_text())["pid"]
    os.kill(keeper, signal.SIGKILL)
    go.touch()
    with pytest.raises(ActivityFailedException, match="was killed"):
        run.wait_for_completion(show_output=False)
    assert killed.get_details()["error"]["error"]["hint"] == f"%batch resume {killed.id}"
    again = resume.resume(run)
    for earlier in (run, killed):
        with pytest.raises(UserErrorException, match=f"{again.id} (is still going|has completed)"):
            resume.resume(earlier)
    until(lambda: again.get_status() in ("Finished", "Failed", "Canceled"))
    assert again.get_status() == "Finished", again.get_details()
    log = (RunFolder(ws, again.id).logs / "logs/job_progress_overview.txt").read_text()
    assert "mini-batches were done before" in log
    folder = Path("resumed")
    again.get_output_data("inferences").download(local_path=str(folder), show_progress=False)
    (file,) = folder.rglob("parallel_run_step.txt")
    assert sorted(file.read_text().splitlines()) == [f"{n:02d}.csv" for n in range(30)], "each row once"
    with pytest.raises(UserErrorException, match="has completed"):
        resume.resume(run)
    later = ended(Experiment(ws, "batch").submit(pipeline))
    assert step_of(later).get_properties()["azureml.isreused"] == "true"


def test_a_cluster_has_its_nodes_taken_and_a_cancelled_step_goes_on_with_another_script(
    ws: Workspace, home: Path, data: Path
) -> None:
    small = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=1)
    cluster = ComputeTarget.create(ws, "cpu-cluster", small)
    cluster.wait_for_completion()
    dataset = Dataset.File.from_files(str(data))
    script = HELD.replace("GO", repr("/never/there"))
    settings = config(script, mini_batch_size=1, compute_target=cluster)
    step = ParallelRunStep("score", settings, [dataset.as_named_input("files")], output(ws))
    many = config(script, node_count=4, compute_target=cluster)
    with pytest.raises(ComputeTargetException, match=r"\[score\].* 4 nodes"):
        Pipeline(ws, [ParallelRunStep("score", many, [dataset.as_named_input("files")], output(ws))])
    run = submit(ws, [step])
    going = begun(ws, run)
    assert cluster.get_status().node_state_counts.running_node_count == 1
    run.cancel()
    until(lambda: going.get_status() in ("Canceled", "Failed", "Finished"))
    assert going.get_status() == "Canceled"
    until(lambda: run.get_status() == "Canceled")
    Path("mended").mkdir()
    Path("mended/score.py").write_text(NAMES)
    again = resume.resume(going, source_directory="mended")
    until(lambda: again.get_status() in ("Finished", "Failed", "Canceled"))
    assert again.get_status() == "Finished", again.get_details()
    again.get_output_data("inferences").download(local_path="resumed", show_progress=False)
    frame = pd.read_csv(next(Path("resumed").rglob("parallel_run_step.txt")), header=None)
    assert sorted(frame[0]) == [f"{n:02d}.csv" for n in range(12)]


def test_only_a_parallel_step_is_gone_on_with(ws: Workspace, home: Path) -> None:
    run = Experiment(ws, "other").start_logging(snapshot_directory=None)
    run.complete()
    with pytest.raises(UserErrorException, match="no parallel step"):
        resume.resume(run)


def test_files_of_a_storage_account_are_scored_and_the_rows_go_there(
    ws: Workspace, home: Path, data: Path, require: Callable[[str], None], tmp_path: Path
) -> None:
    require("azurite")
    with azurite.running(tmp_path) as endpoint:
        options: dict[str, Any] = {"account_key": azurite.KEY, "create_if_not_exists": True}
        options |= {"protocol": "http", "endpoint": endpoint}
        store = Datastore.register_azure_blob_container(ws, "remote", "batch", azurite.ACCOUNT, **options)
        store.upload(str(data), "numbers", show_progress=False)
        dataset = Dataset.File.from_files((store, "numbers/*.csv"))
        result = PipelineData("inferences", datastore=store)
        run = ended(submit(ws, [ParallelRunStep("score", config(NAMES), [dataset.as_named_input("files")], result)]))
        assert run.get_status() == "Finished", run.get_details()
        assert sorted(rows(step_of(run))) == [f"{n:02d}.csv" for n in range(12)]
        left = progress.job_folder(ws, step_of(run).id)
        assert not [path for path in left.rglob("*") if path.name.endswith(".csv")], "no links or copies are left"
