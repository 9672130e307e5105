"""Steps, and pipelines made of them: what fits together, and what is said where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.datapath import DataPath, DataPathComputeBinding
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.output_config import OutputFileDatasetConfig
from aml_nb.core.pipelines.bindings import InputPortBinding, OutputPortBinding
from aml_nb.core.pipelines.command_step import CommandStep
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.graph import Node
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.pipeline_data import PipelineData, PipelineDataset
from aml_nb.core.pipelines.script_step import PythonScriptStep
from aml_nb.core.pipelines.sequence import StepSequence
from aml_nb.core.pipelines.step import PipelineStep
from aml_nb.core.pipelines.training_output import TrainingOutput
from aml_nb.core.runs.run_configuration import RunConfiguration
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, NotAvailableError, SnapshotException, UserErrorException


@pytest.fixture(autouse=True)
def script(home: Path) -> None:
    Path("a.py").write_text("print(1)\n")


def step(name: str, **options: Any) -> PythonScriptStep:
    return PythonScriptStep("a.py", name=name, compute_target="local", **options)


def nodes(pipeline: Pipeline) -> dict[str, Node]:
    return {node.name: node for node in pipeline._graph().nodes}


def test_steps_that_the_given_ones_read_of_belong_to_the_pipeline(ws: Workspace) -> None:
    first, second = PipelineData("first"), OutputFileDatasetConfig("second")
    prepare = step("prepare", outputs=[first])
    step("middle", inputs=[first.as_mount()], arguments=["--out", second])
    last = step("last", arguments=["--in", second.as_input("given")])
    pipeline = Pipeline(ws, [last])
    found = nodes(pipeline)
    assert list(found) == ["prepare", "middle", "last"]
    assert found["last"].before() == [found["middle"].id]
    assert found["middle"].arguments == ["--out", "DatasetOutputConfig:second"]
    assert found["last"].arguments == ["--in", "DatasetConsumptionConfig:given"]
    assert prepare.step_type == "PythonScriptStep"
    with pytest.raises(PipelineError, match=r"Step \[last\].*'second' is read, and no step"):
        Pipeline(ws, [last], resolve_closure=False)


def test_copies_of_an_output_are_one(ws: Workspace) -> None:
    out = OutputFileDatasetConfig("out")
    write = step("write", arguments=[out.as_upload(overwrite=True).register_on_complete("kept")])
    read = step("read", inputs=[out.read_delimited_files().as_input("table")])
    found = nodes(Pipeline(ws, [read, write]))
    port = found["read"].inputs[0]
    assert (port.source["node"], port.source["output"]) == (found["write"].id, "out")
    assert (port.consumed, port.mode, port.source["as"]["kind"]) == ("dataset", "direct", "tabular")
    assert found["write"].outputs[0].entry["register"]["name"] == "kept"


def test_everything_that_a_step_can_read(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    data = Dataset.File.from_files((store, "files"), validate=False)
    table = Dataset.Tabular.from_delimited_files((store, "t.csv"), validate=False)
    place = PipelineParameter("place", DataPath(store, "folder"))
    pair = (place, DataPathComputeBinding("download"))
    given = PipelineParameter("given", data)
    reference = DataReference(store, "ref", "some/path", mode="download", path_on_compute="here")
    one = step(
        "one",
        inputs=[
            reference,
            data.as_named_input("files").as_mount(),
            table.as_named_input("rows"),
            pair,
            PipelineDataset(data, "old"),
            InputPortBinding("bound", reference, "mount"),
        ],
        arguments=["--place", pair, "--ref", reference, "--given", data_of(given), "--n", PipelineParameter("n", 3)],
    )
    pipeline = Pipeline(ws, one)
    node = nodes(pipeline)["one"]
    ports = {port.name: port for port in node.inputs}
    assert {name: (port.consumed, port.mode) for name, port in ports.items()} == {
        "ref": ("reference", "download"),
        "files": ("dataset", "mount"),
        "rows": ("dataset", "direct"),
        "place": ("reference", "download"),
        "old": ("dataset", "mount"),
        "bound": ("reference", "mount"),
        "given": ("dataset", "mount"),
    }
    assert node.arguments[1::2] == [
        "$AZUREML_DATAREFERENCE_place",
        "$AZUREML_DATAREFERENCE_ref",
        "DatasetConsumptionConfig:given",
        {"parameter": "n"},
    ]
    assert {name: parameter.type for name, parameter in pipeline._graph().parameters.items()} == {
        "place": "datapath",
        "given": "dataset",
        "n": "int",
    }


def data_of(parameter: PipelineParameter) -> Any:
    from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig

    return DatasetConsumptionConfig("given", parameter).as_mount()


def test_pipeline_data_as_datasets(ws: Workspace) -> None:
    data = PipelineData("data").as_dataset()
    write = step("write", outputs=[data.register("kept", create_new_version=False)])
    files = step("files", inputs=[data.as_named_input("f").as_download("there")])
    rows = step("rows", inputs=[data.parse_delimited_files(file_extension=".csv").keep_columns(["a"])])
    found = nodes(Pipeline(ws, [write, files, rows]))
    assert found["write"].outputs[0].register["name"] == "kept"  # type: ignore[index]
    first, second = found["files"].inputs[0], found["rows"].inputs[0]
    assert (first.name, first.mode, first.path_on_compute) == ("f", "download", "there")
    assert (second.name, second.mode, second.source["as"]["path_glob"]) == ("data", "direct", "**/*.csv")
    assert second.source["as"]["operations"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: step("s", inputs=["text"]), "unexpected input type str"),
        (lambda: step("s", outputs=["text"]), "unexpected output type str"),
        (lambda: step("s", inputs="text"), "inputs must be a list"),
        (lambda: step("s", outputs=[PipelineData("a"), PipelineData("a")]), "two of its outputs are called 'a'"),
        (lambda: step("s", arguments=[PipelineData("a")]), "appears in arguments list but is not in"),
        (lambda: step("s", runconfig="local"), "runconfig is a RunConfiguration"),
        (lambda: step("s", params=[1]), "params is a dictionary"),
        (lambda: step("s", runconfig_pipeline_params={"Nodes": PipelineParameter("n", 2)}), "cannot set 'Nodes'"),
        (lambda: step("s", runconfig_pipeline_params={"NodeCount": 2}), "takes a PipelineParameter"),
        (lambda: PythonScriptStep("a.py", name="s", compute_target=3), "compute_target is a compute target"),
        (lambda: step("s").run_after("other"), "runs after a step"),
    ],
)
def test_a_step_that_cannot_be_is_named(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        make()
    assert isinstance(caught.value, UserErrorException)
    assert "Step [s]" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "make",
    [
        lambda: PythonScriptStep(None),  # type: ignore[arg-type]
        lambda: CommandStep(),
        lambda: CommandStep(command=3),
        lambda: PipelineData("a b"),
        lambda: PipelineData("a", output_mode="copy"),
        lambda: PipelineData("a", datastore="store"),
        lambda: TrainingOutput("Graph"),
        lambda: TrainingOutput("Metrics", iteration=2),
        lambda: InputPortBinding("", PipelineData("a")),
        lambda: InputPortBinding("a"),
        lambda: InputPortBinding("a", PipelineData("a"), "sideways"),
        lambda: OutputPortBinding("a", bind_mode="sideways"),
        lambda: PipelineDataset("data"),
    ],
)
def test_parts_of_steps_that_cannot_be(make: Any) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        make()
    assert isinstance(caught.value, UserErrorException)
    assert caught.value.hint


def test_a_bare_dataset_is_no_input(ws: Workspace) -> None:
    data = Dataset.File.from_files((ws.get_default_datastore(), "a"), validate=False)
    with pytest.raises(ValueError, match="as it is") as caught:
        step("s", inputs=[data])
    assert "as_named_input" in str(caught.value.hint)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source_directory": "nowhere"}, "is not there"),
        ({"source_directory": "a.py"}, "is a file"),
        ({"source_directory": "."}, "script not found at"),
    ],
)
def test_a_script_that_is_not_there_is_named_with_its_step(ws: Workspace, options: Any, words: str) -> None:
    lost = PythonScriptStep("lost.py", name="train", compute_target="local", **options)
    with pytest.raises(PipelineError, match=rf"Step \[train\].*{words}"):
        Pipeline(ws, [lost])


def test_a_circle_is_named(ws: Workspace) -> None:
    first, second = step("first"), step("second")
    first.run_after(second)
    second.run_after(first)
    with pytest.raises(PipelineError, match=r"circle: first -> second -> first|circle: second -> first -> second"):
        Pipeline(ws, [first, second])


def test_an_output_that_two_steps_write_is_named(ws: Workspace) -> None:
    data = PipelineData("data")
    with pytest.raises(PipelineError, match=r"Step \[two\]: its output 'data' is written by the step \[one\] too"):
        Pipeline(ws, [step("one", outputs=[data]), step("two", outputs=[data])])


def test_parameters_of_one_name_are_one(ws: Workspace) -> None:
    steps = [step("one", arguments=[PipelineParameter("n", 1)]), step("two", arguments=[PipelineParameter("n", 2)])]
    with pytest.raises(PipelineError, match="Two PipelineParameters are called 'n'"):
        Pipeline(ws, steps)
    steps[1] = step("two", arguments=[PipelineParameter("n", 1)])
    assert list(Pipeline(ws, steps)._graph().parameters) == ["n"]


@pytest.mark.parametrize("steps", ["step", 3, ["step"], [], None])
def test_a_pipeline_has_steps(ws: Workspace, steps: Any) -> None:
    with pytest.raises(ValueError, match="step"):
        Pipeline(ws, steps)
    with pytest.raises(ValueError, match="workspace"):
        Pipeline("ws", [step("a")])


def test_sequences_and_lists_of_steps(ws: Workspace) -> None:
    a, b, c, d = (step(name) for name in "abcd")
    found = nodes(Pipeline(ws, StepSequence([a, [b, c], d])))
    assert {name: len(node.run_after) for name, node in found.items()} == {"a": 0, "b": 1, "c": 1, "d": 2}
    assert list(StepSequence([a])) == [a]


def test_what_is_set_by_parameters(ws: Workspace) -> None:
    nodes_count = PipelineParameter("nodes", 2)
    config = RunConfiguration()
    config.target = "cluster"
    one = PythonScriptStep(
        "a.py", runconfig=config, runconfig_pipeline_params={"NodeCount": nodes_count}, params={"rate": 0.1}
    )
    node = nodes(Pipeline(ws, [one]))["a.py"]
    assert node.target == "cluster"
    assert node.settings["run_config"]["nodeCount"] == {"parameter": "nodes"}
    assert node.settings["variables"] == {"AML_PARAMETER_rate": 0.1}
    assert config.node_count == 1, "the user's own configuration stays"


def test_looking_at_a_pipeline_keeps_nothing_and_validate_says_what_is_wrong(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(ws, [step("s")])
    assert pipeline.validate() == []
    assert nodes(pipeline)["s"].settings["source"]["id"] is None
    assert pipeline._graph(keep=True).nodes[0].settings["source"]["id"]
    Path("a.py").unlink()
    assert "script not found" in pipeline.validate()[0]
    assert "script not found" in capsys.readouterr().out
    assert "s" in repr(pipeline)
    with pytest.raises(NotAvailableError):
        Pipeline.load_yaml(ws, "p.yml")


def test_the_base_of_steps_makes_no_node(ws: Workspace) -> None:
    with pytest.raises(NotImplementedError):
        Pipeline(ws, [PipelineStep("s", None, None)])


def test_names_of_data_in_arguments_and_variables() -> None:
    data = PipelineData("data", output_name="result")
    assert str(data) == repr(data) == "$AZUREML_DATAREFERENCE_result"
    assert data.get_env_variable_name() == "AZUREML_DATAREFERENCE_result"
    assert str(data.as_input("other")) == "$AZUREML_DATAREFERENCE_other"
    binding = data.as_download("x", "there", True)
    assert (binding.bind_mode, binding.path_on_compute, binding.overwrite) == ("download", "there", True)


def test_names_that_nobody_gave_do_not_make_another_step(ws: Workspace) -> None:
    def modules() -> list[str]:
        out = OutputFileDatasetConfig()
        write = step("write", arguments=["--to", out])
        read = step("read", arguments=["--from", out.as_input(), "--number", 3])
        return [node.module_id for node in Pipeline(ws, [write, read])._graph().nodes]

    first = modules()
    assert first == modules()
    assert len(set(first)) == 2
    Path("a.py").write_text("print(2)")
    kept = [Pipeline(ws, [step("s")])._graph(keep=True).nodes[0].module_id for _ in range(2)]
    Path("a.py").write_text("print(3)")
    assert kept[0] == kept[1] != Pipeline(ws, [step("s")])._graph(keep=True).nodes[0].module_id


def test_an_argument_is_the_input_that_is_bound(ws: Workspace) -> None:
    data, other = PipelineData("data"), PipelineData("data")
    write, another = step("write", outputs=[data]), step("another", outputs=[other])
    renamed = step("renamed", inputs=[data.as_input("given")], arguments=[data])
    copied = step("copied", inputs=[data.as_download(), data.as_download()], arguments=[data])
    found = nodes(Pipeline(ws, [write, renamed, copied]))
    assert found["renamed"].arguments == ["$AZUREML_DATAREFERENCE_given"]
    assert [(port.name, port.mode) for port in found["copied"].inputs] == [("data", "download")]
    assert found["copied"].arguments == ["$AZUREML_DATAREFERENCE_data"]
    for options in ({"inputs": [data, other]}, {"inputs": [data, other.as_mount()], "arguments": [data, other]}):
        with pytest.raises(PipelineError, match=r"Step \[both\].*wo (of its )?inputs are called 'data'"):
            Pipeline(ws, [write, another, step("both", **options)])


def test_an_input_and_an_output_of_one_name(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    reference, data = DataReference(store, "x", "a"), PipelineData("x")
    with pytest.raises(PipelineError, match="an input and an output are both called 'x'"):
        Pipeline(ws, [step("s", inputs=[reference], outputs=[data])])

    class Both(PythonScriptStep):
        def __init__(self) -> None:
            super().__init__("a.py", compute_target="local")
            PipelineStep.__init__(self, "s", [reference], [data], [reference, data], fix_port_name_collisions=True)
            self._target = "local"

    node = nodes(Pipeline(ws, [Both()]))["s"]
    assert node.inputs[0].name == "INPUT_x"
    assert node.arguments == ["$AZUREML_DATAREFERENCE_INPUT_x", "$AZUREML_DATAREFERENCE_x"]


def test_what_keeps_a_pipeline_from_being_submitted_names_the_step(ws: Workspace) -> None:
    pipeline = Pipeline(ws, [PythonScriptStep("a.py", name="s", compute_target="nowhere")])
    with pytest.raises(ComputeTargetException, match=r"Step \[s\]: .*nowhere"):
        pipeline.submit("e")
    Path("large").mkdir()
    Path("large/a.py").touch()
    with open("large/data", "wb") as file:
        file.truncate(400 * 1024 * 1024)
    large = PythonScriptStep("a.py", name="l", compute_target="local", source_directory="large")
    with pytest.raises(SnapshotException, match=r"Step \[l\]: .*snapshot"):
        Pipeline(ws, [large]).submit("e")
