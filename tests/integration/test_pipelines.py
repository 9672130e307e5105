"""Pipelines for real, in v1's code: steps are processes, what they write lies in a datastore."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aml_nb.alias import enable_here
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException
from tests import azurite

enable_here()

from azureml.core import Dataset, Datastore, Environment, Experiment, Run  # noqa: E402
from azureml.core.compute import AmlCompute, ComputeTarget  # noqa: E402
from azureml.core.runconfig import RunConfiguration  # noqa: E402
from azureml.core.script_run_config import ScriptRunConfig  # noqa: E402
from azureml.data import OutputFileDatasetConfig  # noqa: E402
from azureml.data.data_reference import DataReference  # noqa: E402
from azureml.data.datapath import DataPath, DataPathComputeBinding  # noqa: E402
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig  # noqa: E402
from azureml.data.output_dataset_config import LinkFileOutputDatasetConfig  # noqa: E402
from azureml.pipeline.core import (  # noqa: E402
    Pipeline,
    PipelineData,
    PipelineParameter,
    PipelineRun,
    StepRun,
    StepSequence,
)
from azureml.pipeline.steps import CommandStep, PythonScriptStep  # noqa: E402


@pytest.fixture
def src(home: Path) -> Path:
    folder = Path("src")
    folder.mkdir()
    return folder


def step(src: Path, script: str, text: str, **options: Any) -> PythonScriptStep:
    (src / f"{script}.py").write_text(text)
    usual = {"name": script, "source_directory": str(src), "compute_target": "local"}
    return PythonScriptStep(f"{script}.py", **{**usual, **options})


def until(done: Any, seconds: float = 60.0) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.02)


def said(run: Any, name: str) -> str:
    return str(run.find_step_run(name)[0].get_stdout_log())


PREPARE = """
import argparse, os
import pandas as pd
from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--input-data", dest="raw_id")
parser.add_argument("--prepped-data", dest="prepped")
args = parser.parse_args()
run = Run.get_context()
frame = run.input_datasets["raw_data"].to_pandas_dataframe()
run.log("raw_rows", len(frame))
frame["scaled"] = frame["value"] / frame["value"].max()
os.makedirs(args.prepped, exist_ok=True)
frame.to_csv(os.path.join(args.prepped, "data.csv"), index=False)
run.complete()
"""
TRAIN = """
import argparse, os
import joblib
import pandas as pd
from azureml.core import Model, Run

parser = argparse.ArgumentParser()
parser.add_argument("--training-data", dest="training_data")
args = parser.parse_args()
run = Run.get_context()
frame = pd.read_csv(os.path.join(args.training_data, "data.csv"))
run.log("Accuracy", float(frame["scaled"].max()))
run.parent.log("Accuracy", float(frame["scaled"].max()))
os.makedirs("outputs", exist_ok=True)
joblib.dump(value=list(frame["scaled"]), filename="outputs/model.pkl")
Model.register(workspace=run.experiment.workspace, model_path="outputs/model.pkl", model_name="diabetes_model",
               tags={"Training context": "Pipeline"}, properties={"Accuracy": run.get_metrics()["Accuracy"]})
run.complete()
"""


def test_a_lab_of_two_steps(ws: Workspace, src: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").write_text("value\n1\n2\n4\n")
    ws.get_default_datastore().upload_files(["rows.csv"], target_path="raw", show_progress=False)
    raw = Dataset.Tabular.from_delimited_files(path=(ws.get_default_datastore(), "raw/*.csv"))
    raw = raw.register(workspace=ws, name="diabetes dataset")
    config = RunConfiguration()
    config.environment = Environment("experiment_env")
    config.environment.python.user_managed_dependencies = True
    prepped = OutputFileDatasetConfig("prepped_data")
    prepare = step(
        src,
        "prep",
        PREPARE,
        name="Prepare Data",
        arguments=["--input-data", raw.as_named_input("raw_data"), "--prepped-data", prepped],
        runconfig=config,
    )
    train = step(
        src,
        "train",
        TRAIN,
        name="Train and Register Model",
        arguments=["--training-data", prepped.as_input()],
        runconfig=config,
    )
    pipeline = Pipeline(workspace=ws, steps=[prepare, train])
    run = Experiment(workspace=ws, name="mslearn-diabetes-pipeline").submit(pipeline, regenerate_outputs=True)
    assert run.wait_for_completion(show_output=True) == "Finished"
    out = capfd.readouterr().out
    for text in (
        f"Created step Prepare Data [{prepare._node_id}][",
        "], (This step will run and generate new outputs)",
        f"Submitted PipelineRun {run.id}\n",
        f"PipelineRunId: {run.id}\n",
        "PipelineRun Status: Running\n",
        "StepRunId: ",
        "StepRun( Prepare Data ) Status: Queued\n",
        "StepRun(Prepare Data) Execution Summary\n=======================================\n",
        "StepRun( Train and Register Model ) Status: Finished\n",
        "\nPipelineRun Execution Summary\n=============================\nPipelineRun Status: Finished\n",
    ):
        assert text in out, text
    assert isinstance(run, PipelineRun)
    assert (run.get_status(), run.status, run.type) == ("Finished", "Completed", "azureml.PipelineRun")
    assert {child.name: child.get_metrics() for child in run.get_children()} == {
        "Prepare Data": {"raw_rows": 3},
        "Train and Register Model": {"Accuracy": 1.0},
    }
    assert run.get_metrics() == {"Accuracy": 1.0}
    assert ws.models["diabetes_model"].properties == {"Accuracy": "1.0"}
    assert [node.name for node in run.get_graph().module_nodes] == ["Prepare Data", "Train and Register Model"]
    (child,) = run.find_step_run("Prepare Data")
    assert isinstance(child, StepRun)
    assert (child.pipeline_run_id, child.parent.id) == (run.id, run.id)
    assert child.get_output_data("prepped_data").download(local_path="got", show_progress=False) == 1
    (found,) = Path("got").rglob("data.csv")
    assert list(pd.read_csv(found)["scaled"]) == [0.25, 0.5, 1.0]
    for call in (run.complete, run.fail, run.child_run, child.complete, child.fail, child.child_run):
        with pytest.raises(NotImplementedError):
            call()
    assert PipelineRun(run.experiment, run.id).get_status() == "Finished"
    assert PipelineRun.get(ws, run.id).id == Run.get(ws, run.id).id
    with pytest.raises(ValueError, match="no pipeline run"):
        PipelineRun(run.experiment, child.id)
    assert run.save("kept.yml") == Path("kept.yml").read_text()
    assert "Train and Register Model:" in Path("kept.yml").read_text()

    again = pipeline.submit("mslearn-diabetes-pipeline")
    assert "(This step is eligible to reuse a previous run's output)" in capfd.readouterr().out
    assert again.wait_for_completion(show_output=False) == "Finished"
    assert [each.properties["azureml.isreused"] for each in again.get_steps()] == ["true", "true"]
    assert [each.get_metrics() for each in again.find_step_run("Prepare Data")] == [{"raw_rows": 3}]
    (kept,) = again.find_step_run("Train and Register Model")
    kept.download_file("outputs/model.pkl", "model.pkl")
    assert kept.get_stdout_log() is not None


SHOW = """
import os, sys
from pathlib import Path
for word in sys.argv[1:]:
    path = Path(word)
    print(word if not path.exists() else path.read_text() if path.is_file() else sorted(
        f"{p.relative_to(path)}={p.read_text()}" for p in path.rglob("*") if p.is_file()))
print({k: v for k, v in os.environ.items() if k.startswith("AML_PARAMETER_")})
"""


def test_parameters_and_every_kind_of_input(ws: Workspace, src: Path) -> None:
    store = ws.get_default_datastore()
    for name in ("one", "two"):
        Path(name).write_text(f"text of {name}")
        store.upload_files([name], target_path=f"folder_{name}", show_progress=False)
    files = {name: Dataset.File.from_files((store, f"folder_{name}")) for name in ("one", "two")}
    place = PipelineParameter(name="place", default_value=DataPath(store, "folder_one"))
    datapath = (place, DataPathComputeBinding(mode="mount"))
    dataset = DatasetConsumptionConfig("data", PipelineParameter("data", files["one"])).as_mount()
    rate = PipelineParameter(name="rate", default_value=0.5)
    reference = DataReference(store, "ref", "folder_two/two")
    show = step(
        src,
        "show",
        SHOW,
        arguments=[
            "--rate",
            rate,
            "--n",
            3,
            datapath,
            dataset,
            reference,
            files["two"].as_named_input("f").as_download(),
        ],
        inputs=[datapath, dataset, reference],
        params={"rate": rate, "fixed": "x"},
    )
    pipeline = Pipeline(ws, [show])
    first = pipeline.submit("parameters")
    second = Experiment(ws, "parameters").submit(
        pipeline,
        tags={"kind": "second"},
        pipeline_parameters={"rate": 0.25, "place": DataPath(store, "folder_two"), "data": files["two"]},
    )
    for run, told in ((first, ("one", "0.5")), (second, ("two", "0.25"))):
        assert run.wait_for_completion(show_output=False) == "Finished"
        name, value = told
        assert said(run, "show").splitlines() == [
            "--rate",
            value,
            "--n",
            "3",
            f"['{name}=text of {name}']",
            f"['{name}=text of {name}']",
            "text of two",
            "['two=text of two']",
            str({"AML_PARAMETER_rate": value, "AML_PARAMETER_fixed": "x"}),
        ]
    assert second.get_tags() == {"kind": "second"}
    assert json.loads(second.properties["azureml.parameters"])["rate"] == "0.25"
    with pytest.raises(ValueError, match="no parameter 'rates'"):
        pipeline.submit("parameters", pipeline_parameters={"rates": 1})


WRITE = """
import os, sys
from pathlib import Path
Path(sys.argv[1]).write_text("one file")
os.makedirs(sys.argv[2])
for name in ("a", "b"):
    Path(sys.argv[2], f"{name}.csv").write_text(f"x,y\\n1,{name}\\n2,{name}\\n")
"""
READ = """
import sys
from azureml.core import Run
run = Run.get_context()
print(open(sys.argv[1]).read(), sorted(run.input_datasets))
print(run.input_datasets["rows"].to_pandas_dataframe().to_csv(index=False))
print(len(run.input_datasets["files"].to_path()))
"""


def test_pipeline_data_as_a_file_as_datasets_and_as_outputs_of_the_pipeline(ws: Workspace, src: Path) -> None:
    one = PipelineData("one", output_mode="upload", pipeline_output_name="result")
    folder = PipelineData("folder", datastore=ws.get_default_datastore())
    data = folder.as_dataset()
    write = step(src, "write", WRITE, arguments=[one, folder], outputs=[one, data.register("kept")])
    read = step(
        src,
        "read",
        READ,
        arguments=[one],
        inputs=[
            one,
            data.parse_delimited_files().drop_columns("y").as_named_input("rows"),
            data.as_named_input("files").as_direct(),
        ],
    )
    run = Pipeline(ws, steps=StepSequence([write, read])).submit("data")
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert said(run, "read").split() == ["one", "file", "['files',", "'rows']", "x", "1", "2", "1", "2", "2"]
    assert sorted(Dataset.get_by_name(ws, "kept").to_path()) == ["/a.csv", "/b.csv"]
    output = run.get_pipeline_output("result")
    assert output.path_on_datastore == f"azureml/{run.find_step_run('write')[0].id}/one"
    assert output.download("got", show_progress=False) == 1
    with pytest.raises(ValueError, match="outputs are: result"):
        run.get_pipeline_output("results")
    with pytest.raises(ValueError, match="its outputs are: one, folder"):
        run.find_step_run("write")[0].get_output_data("two")
    assert sorted(run.find_step_run("write")[0].get_outputs()) == ["folder", "one"]
    later = step(src, "later", SHOW, arguments=[output], inputs=[output])
    after = Pipeline(ws, [later]).submit("data")
    assert after.wait_for_completion(show_output=False) == "Finished"
    assert "one file" in said(after, "later"), "what a run wrote is an input of another pipeline"


LINK = """
from azureml.core import Dataset, Run
run = Run.get_context()
store = run.experiment.workspace.get_default_datastore()
run.output_datasets["linked"].link(Dataset.File.from_files((store, "elsewhere/one")))
"""


def test_a_dataset_that_a_script_links_is_read_by_another_step(ws: Workspace, src: Path) -> None:
    Path("one").write_text("text of one")
    ws.get_default_datastore().upload_files(["one"], target_path="elsewhere", show_progress=False)
    linked = LinkFileOutputDatasetConfig("linked")
    link = step(src, "link", LINK, outputs=[linked])
    show = step(src, "show", SHOW, arguments=[linked.as_input("given")])
    run = Pipeline(ws, [show]).submit("links")
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert said(run, "show").splitlines()[0] == "text of one"
    with pytest.raises(ValueError, match="is a dataset that the script linked") as caught:
        run.find_step_run(link.name)[0].get_output_data("linked")
    identity = str(caught.value.hint).split("'")[1]  # type: ignore[attr-defined]
    assert Dataset.get_by_id(ws, identity).to_path() == ["/one"]


@pytest.mark.slow
def test_steps_write_to_a_storage_account(
    ws: Workspace, src: Path, require: Callable[[str], None], tmp_path: Path
) -> None:
    require("azurite")
    with azurite.running(tmp_path) as endpoint:
        options = {"account_key": azurite.KEY, "create_if_not_exists": True, "protocol": "http", "endpoint": endpoint}
        store = Datastore.register_azure_blob_container(ws, "remote", "steps", azurite.ACCOUNT, **options)
        one, folder = PipelineData("one", store), PipelineData("folder", store)
        out = OutputFileDatasetConfig("out", destination=(store, "given/{run-id}"))
        text = WRITE + "Path(sys.argv[3], 'c.txt').write_text('c')\n"
        write = step(src, "write", text, arguments=[one, folder, out], outputs=[one, folder])
        show = step(
            src,
            "show",
            SHOW,
            arguments=[one, folder, out.as_input("given")],
            inputs=[one, folder.as_download(path_on_compute="here")],
        )
        pipeline = Pipeline(ws, [write, show], default_datastore=store)
        run = pipeline.submit("remote")
        assert run.wait_for_completion(show_output=False) == "Finished"
        text = said(run, "show")
        for words in ("one file", "a.csv=x,y", "b.csv=x,y", "['c.txt=c']"):
            assert words in text, text
        output = run.find_step_run("write")[0].get_output_data("folder")
        assert (output.datastore_name, output.download("got", show_progress=False)) == ("remote", 2)
        again = pipeline.submit("remote")
        assert again.wait_for_completion(show_output=False) == "Finished"
        assert [each._reused_from() is not None for each in again.get_steps()] == [True, True]


def test_a_step_that_fails_is_named_with_the_line_and_others_go_on(
    ws: Workspace, src: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = step(src, "bad", "rows = 0\nraise ValueError('no rows')\n")
    seconds = PipelineParameter("seconds", 60)
    other = step(src, "other", "import sys, time\ntime.sleep(float(sys.argv[1]))\n", arguments=[seconds])
    after_bad, after_other = step(src, "after_bad", "1"), step(src, "after_other", "1")
    after_bad.run_after(bad)
    after_other.run_after(other)
    pipeline = Pipeline(ws, [after_bad, after_other])
    going_on = pipeline.submit("fails", {"seconds": 0.5}, continue_on_step_failure=True)
    with pytest.raises(ActivityFailedException) as caught:
        going_on.wait_for_completion(show_output=True)
    for words in (
        "Step [bad] failed",
        "ValueError: no rows",
        "bad.py, line 2",
        "Not run, or ended, for that: after_bad.",
    ):
        assert words in str(caught.value.brief)
    assert "StepRun( bad ) Status: Failed\n" in capfd.readouterr().out
    assert {step.name: step.get_status() for step in going_on.get_steps()} == {
        "bad": "Failed",
        "other": "Finished",
        "after_other": "Finished",
    }
    assert sorted(going_on._states().values()) == ["Failed", "Finished", "Finished", "NotStarted"]
    stopping = pipeline.submit("fails", regenerate_outputs=True)
    assert stopping.wait_for_completion(show_output=False, raise_on_error=False) == "Failed"
    assert stopping.find_step_run("after_other") == []
    assert stopping.find_step_run("other")[0].get_status() == "Canceled"


MEET = """
import sys, time
from pathlib import Path
here, number = Path(sys.argv[1]), int(sys.argv[2])
(here / str(number)).touch()
until = time.monotonic() + 60
while not (here / str(1 - number)).exists():
    assert time.monotonic() < until, "the other step does not run"
    time.sleep(0.02)
"""


def test_steps_run_side_by_side_where_the_cluster_allows(ws: Workspace, src: Path) -> None:
    clusters = {}
    for nodes in (1, 3):
        configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_DS11_V2", max_nodes=nodes)
        clusters[nodes] = ComputeTarget.create(ws, f"cluster-{nodes}", configuration)
        clusters[nodes].wait_for_completion(show_output=False)

    def run(nodes: int, text: str) -> Any:
        steps = [
            step(src, f"s{n}", text, arguments=[Path("met").absolute(), n], compute_target=clusters[nodes])
            for n in range(2)
        ]
        return Pipeline(ws, [steps]).submit("side-by-side")

    Path("met").mkdir()
    together, alone = run(3, MEET), run(1, "import time\ntime.sleep(0.3)\n")
    assert together.wait_for_completion(show_output=False) == "Finished"
    assert alone.wait_for_completion(show_output=False) == "Finished"
    details = [each.get_details() for each in alone.get_steps()]
    (_, end), (begin, _) = sorted((each["startTimeUtc"], each["endTimeUtc"]) for each in details)
    assert begin >= end, "one node has one step at a time"


def test_cancelling_a_pipeline_ends_its_steps(ws: Workspace, src: Path) -> None:
    long = step(src, "long", "import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    run = Pipeline(ws, [long]).submit("cancel")
    until(lambda: run.find_step_run("long") and "begun" in (said(run, "long") or ""))
    assert run.wait_for_completion(show_output=False, timeout_seconds=0.1) == "Running"
    run.cancel()
    assert run.wait_for_completion(show_output=False) == "Canceled"
    assert run.find_step_run("long")[0].wait_for_completion(show_output=False) == "Canceled"


def test_a_pipeline_goes_on_without_its_notebook_and_fails_without_its_driver(ws: Workspace, src: Path) -> None:
    step(src, "long", "import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    step(src, "short", "print('short')\n")
    code = f"""
import sys
from aml_nb.alias import enable_here
enable_here()
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.get({ws.name!r})
steps = [PythonScriptStep(n + ".py", name=n, source_directory="src", compute_target="local") for n in ("short", "long")]
steps[1].run_after(steps[0])
print("ID", Pipeline(ws, steps).submit("killed").id)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    run = PipelineRun.get(ws, done.stdout.split("ID ")[1].strip())
    until(lambda: run.find_step_run("long") and "begun" in (said(run, "long") or ""))
    assert run.find_step_run("short")[0].get_status() == "Finished"
    os.kill(json.loads((run._folder.path / "keeper.json").read_text())["pid"], signal.SIGKILL)
    until(lambda: run.get_status() == "Failed")
    assert "was killed" in run.get_details()["error"]["error"]["message"]
    until(lambda: run.find_step_run("long")[0].get_status() == "Canceled")


def test_commands_as_steps(ws: Workspace, src: Path) -> None:
    (src / "hello.py").write_text("import sys\nprint('hello', *sys.argv[1:])\n")
    written = PipelineData("written")
    first = CommandStep(
        command=["python", "hello.py", PipelineParameter("who", "you"), ">", written],
        outputs=[written],
        compute_target="local",
        source_directory=str(src),
    )
    config = ScriptRunConfig(str(src), command="cat $AZUREML_DATAREFERENCE_written", compute_target="local")
    second = CommandStep(name="second", runconfig=config, inputs=[written])
    run = Pipeline(ws, [second]).submit("commands", pipeline_parameters={"who": "them"})
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert said(run, "second").strip() == "hello them"
    assert (first.name, first.step_type) == ("python", "CommandStep")


def test_two_steps_of_one_script_both_run(ws: Workspace, src: Path) -> None:
    first = step(src, "same", "print('here')\n", name="first")
    second = step(src, "same", "print('here')\n", name="second")
    second.run_after(first)
    run = Experiment(ws, "twice").submit(Pipeline(ws, [first, second]))
    run.wait_for_completion(show_output=False)
    assert [each._reused_from() for each in run.get_steps()] == [None, None]
