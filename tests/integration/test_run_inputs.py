"""Scripts that are submitted with data: what they find, what they leave, and what is said when data is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.output_config import LinkTabularOutputDatasetConfig, OutputFileDatasetConfig
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException
from tests import azurite
from tests.azurite import ACCOUNT, KEY

TRAIN = """
import argparse, glob, os
from azureml.core import Dataset, Run

parser = argparse.ArgumentParser()
for name in ("--mounted", "--copied", "--one", "--table", "--folder", "--prepared", "--linked"):
    parser.add_argument(name)
args = parser.parse_args()
run = Run.get_context()
ws = run.experiment.workspace

assert run.input_datasets["mounted"] == args.mounted == os.environ["mounted"]
assert os.environ["AZUREML_DATASET_ENVIRONMENT_VARS"].startswith("mounted,")
run.log("mounted", len(glob.glob(args.mounted + "/*.csv")))
run.log("copied", len(glob.glob(args.copied + "/**/*.csv", recursive=True)))
run.log("one", len(open(args.one).read()))
run.log("rows", len(run.input_datasets["table"].to_pandas_dataframe()))
run.log("by id", len(Dataset.get_by_id(ws, id=args.table).to_pandas_dataframe()))
run.log("folder", len(os.listdir(args.folder)))

os.makedirs(args.prepared, exist_ok=True)
frame = run.input_datasets["table"].to_pandas_dataframe()
frame.to_csv(os.path.join(args.prepared, "prepared.csv"), index=False)
run.output_datasets["linked"].link(run.input_datasets["table"].take(1))
os.makedirs("outputs", exist_ok=True)
open("outputs/model.pkl", "w").write("model")
"""


@pytest.fixture
def store(ws: Workspace) -> Any:
    Path("data").mkdir()
    for number in range(3):
        Path("data", f"{number}.csv").write_text(f"a,b\n{number},x\n")
    Path("source").mkdir()
    Path("source/train.py").write_text(TRAIN)
    store = ws.get_default_datastore()
    store.upload("data", target_path="data", show_progress=False)
    return store


def submit(ws: Workspace, *arguments: Any, script: str | None = None, **named: Any) -> Any:
    if script is not None:
        Path("source").mkdir(exist_ok=True)
        Path("source/train.py").write_text(script)
    config = ScriptRunConfig("source", None if "command" in named else "train.py", arguments=list(arguments), **named)
    run = Experiment(ws, "inputs").submit(config)
    run.wait_for_completion(raise_on_error=False)
    return run


def log_of(run: Any) -> str:
    return "\n".join(str(path) + "\n" + Path(path).read_text() for path in run.get_all_logs("logs"))


def test_everything_that_a_training_script_reads_and_writes(ws: Workspace, store: Any, tmp_path: Path) -> None:
    files = Dataset.File.from_files((store, "data/*.csv"))
    table = Dataset.Tabular.from_delimited_files((store, "data/*.csv")).register(ws, "table")
    prepared = OutputFileDatasetConfig("prepared", (store, "prepared/{run-id}")).read_delimited_files()
    run = submit(
        ws,
        *("--mounted", files.as_named_input("mounted").as_mount(str(tmp_path / "mounted"))),
        *("--copied", files.as_download("in")),
        *("--one", Dataset.File.from_files((store, "data/1.csv")).as_mount()),
        *("--table", table.as_named_input("table")),
        *("--folder", store.path("data").as_mount()),
        *("--prepared", prepared.register_on_complete("prepared", tags={"made": "here"})),
        *("--linked", LinkTabularOutputDatasetConfig("linked")),
    )
    assert run.get_status() == "Completed", log_of(run)
    assert run.get_metrics() == {"mounted": 3, "copied": 3, "one": 8, "rows": 3, "by id": 3, "folder": 3}
    details = run.get_details()
    consumed = {each["consumptionDetails"]["inputName"]: each for each in details["inputDatasets"]}
    assert consumed["mounted"]["dataset"].to_path() == ["/0.csv", "/1.csv", "/2.csv"]
    assert (consumed["table"]["dataset"].name, consumed["table"]["consumptionDetails"]["mechanism"]) == (
        "table",
        "Direct",
    )
    made = {each["outputDetails"]["outputName"]: each["dataset"] for each in details["outputDatasets"]}
    assert made.keys() == {"prepared", "linked"}
    assert len(made["linked"].to_pandas_dataframe()) == 1
    assert list(ws.datasets["prepared"].to_pandas_dataframe()["a"]) == [0, 1, 2]
    assert ws.datasets["prepared"].tags == {"made": "here"}
    run.register_model("m", model_path="outputs/model.pkl", datasets=[("training", table)])
    assert Model(ws, "m").datasets["training"][0].name == "table"
    assert not (ws._folder / "runs" / run.id / "inputs").exists()


def test_data_that_vanished_fails_the_run_with_its_path(ws: Workspace, store: Any) -> None:
    files = Dataset.File.from_files((store, "data/*.csv"))
    for path in store._local("data").iterdir():
        path.unlink()
    run = submit(ws, files.as_named_input("training").as_mount())
    error = run.get_details()["error"]["error"]["message"]
    assert run.get_status() == "Failed"
    assert "'training'" in error
    assert "data/*.csv" in error


def test_a_script_that_fails_keeps_what_it_wrote_and_registers_nothing(ws: Workspace, store: Any) -> None:
    output = OutputFileDatasetConfig("o", (store, "half")).as_upload().register_on_complete("half")
    run = submit(ws, output, script="import sys\nopen(sys.argv[1] + '/x', 'w').write('x')\nsys.exit(3)\n")
    assert run.get_status() == "Failed"
    assert list(ws.datasets) == []
    assert store._local("half/x").read_text() == "x"


def test_a_command_gets_paths_too(ws: Workspace, store: Any) -> None:
    files = Dataset.File.from_files((store, "data/*.csv"))
    run = submit(ws, command=["cat", files.as_mount("with space"), "|", "true", ";", "ls", files.as_download("a;b")])
    assert run.get_status() == "Completed", log_of(run)
    assert "1.csv" in log_of(run)


def test_a_bare_dataset_is_refused_before_anything_starts(ws: Workspace, store: Any) -> None:
    files = Dataset.File.from_files((store, "data/*.csv"))
    with pytest.raises(UserErrorException, match="has to be told how"):
        submit(ws, "--data", files)
    assert list(Experiment(ws, "inputs").get_runs()) == []


@pytest.fixture(scope="module")
def endpoint(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("azurite")
    with azurite.running(tmp_path_factory.mktemp("azurite")) as address:
        yield address


REMOTE = """
import os, sys
from azureml.core import Run
mounted, copied, reference, out, up = sys.argv[1:]
assert open(mounted + "/1.csv").read() == open(copied + "/1.csv").read() == open(reference + "/1.csv").read()
open(reference + "/new.csv", "w").write("new")
open(out + "/out.csv", "w").write("a\\n1\\n")
os.makedirs(up, exist_ok=True)
open(up + "/up.csv", "w").write("a\\n1\\n")
"""


def test_data_in_a_storage_account(ws: Workspace, endpoint: str, store: Any) -> None:
    remote = Datastore.register_azure_blob_container(
        ws, "remote", "inputs", ACCOUNT, account_key=KEY, protocol="http", endpoint=endpoint, create_if_not_exists=True
    )
    remote.upload("data", target_path="data", show_progress=False)
    files = Dataset.File.from_files((remote, "data/*.csv"))
    assert files.to_path() == ["/0.csv", "/1.csv", "/2.csv"]
    assert [Path(path).read_text() for path in files.take(1).download("copy")] == ["a,b\n0,x\n"]
    with files.mount() as mounted:
        assert Path(mounted.mount_point, "2.csv").read_text() == "a,b\n2,x\n"
    assert files.filter(files.file_metadata("Size") > 7).to_path() == files.to_path()
    assert files.data_changed_time is not None
    run = submit(
        ws,
        files.as_mount(),
        files.as_download(),
        remote.path("data").as_mount(),
        OutputFileDatasetConfig("out", (remote, "out")).register_on_complete("out"),
        OutputFileDatasetConfig("up", (remote, "up")).as_upload(overwrite=True),
        script=REMOTE,
    )
    assert run.get_status() == "Completed", log_of(run)
    assert ws.datasets["out"].to_path() == ["/out.csv"]
    assert Dataset.File.from_files((remote, "*/*.csv")).to_path() == [
        *("/data/0.csv", "/data/1.csv", "/data/2.csv", "/data/new.csv"),
        *("/out/out.csv", "/up/up.csv"),
    ]
    with pytest.raises(UserErrorException, match="has no file"):
        Dataset.File.from_files((remote, "none/*.csv"))
