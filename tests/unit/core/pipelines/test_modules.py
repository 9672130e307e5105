"""Modules with versions, steps made of them, and drafts of pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.module import Module
from aml_nb.core.pipelines.module_step import ModuleStep
from aml_nb.core.pipelines.module_version import ModuleVersion
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.pipeline_draft import PipelineDraft
from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef, Param, ParamDef
from aml_nb.core.pipelines.published_records import NotPublishedError
from aml_nb.core.pipelines.script_step import PythonScriptStep
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError

READS, WRITES = InputPortDef("given", default_datastore_mode="download"), OutputPortDef("made", label="what is made")


@pytest.fixture
def module(ws: Workspace) -> Module:
    Path("src").mkdir()
    Path("src/a.py").write_text("print(1)\n")
    return Module.create(ws, "clean", "cleans")


def publish(module: Module, **more: Any) -> ModuleVersion:
    facts = {"inputs": [READS], "outputs": [WRITES], "source_directory": "src", **more}
    return module.publish_python_script("a.py", "a version", **facts)


def test_versions_are_named_resolved_and_the_first_is_the_default(ws: Workspace, module: Module) -> None:
    with pytest.raises(PipelineError, match="has no version"):
        module.resolve()
    first, named = publish(module), publish(module, version="beta")
    third = publish(module)
    assert [each.version for each in module.module_version_list()] == ["1", "beta", "2"]
    assert module.default_version == "1" and module.get_default().module_version_id == first.module_version_id
    assert module.resolve("beta").module_version_id == named.module_version_id
    module.set_default_version(third.module_version_id)
    assert Module.get(ws, name="clean").get_default_version() == "2"
    assert publish(module, is_default=True).version == "3" and module.default_version == "3"
    assert [each.version for each in Module.get_versions(ws, "clean")] == ["1", "beta", "2", "3"]
    with pytest.raises(PipelineError, match="version beta already"):
        publish(module, version="beta")
    with pytest.raises(PipelineError, match="no version 9; its versions are: 1, beta"):
        module.resolve("9")


def test_what_a_version_is(ws: Workspace, module: Module) -> None:
    made = publish(module, params={"rate": 1}, arguments=["--in", READS, "--out", WRITES, 3], category="tools")
    found = ModuleVersion.get(ws, made.module_version_id)
    assert (found.version, found.category, found.status, found.runconfig) == ("1", "tools", "Active", None)
    assert found.interface["inputs"][0]["name"] == "given" and found.interface["params"] == {"rate": 1}
    assert found._entity["arguments"] == ["--in", {"input": "given"}, "--out", {"output": "made"}, "3"]
    assert found.module().id == module.id and module.id in repr(module)
    found.set_description("other")
    found.disable()
    assert ModuleVersion.get(ws, made.module_version_id).description == "other"
    with pytest.raises(PipelineError, match=r"version 1.* was disabled"):
        ModuleStep(module, inputs_map={"given": PipelineData("x")}, outputs_map={"made": PipelineData("y")})
    with pytest.raises(PipelineError, match="name the input 'other', which the module has not"):
        publish(module, arguments=[InputPortDef("other")])
    with pytest.raises(PipelineTypeError, match="has InputPortDef"):
        publish(module, inputs=["given"])


def test_modules_are_found_named_and_switched(ws: Workspace, module: Module) -> None:
    with pytest.raises(PipelineError, match="a module 'clean' already"):
        Module.create(ws, "clean", "again")
    with pytest.raises(NotPublishedError, match="no module 'dirty'.*there is: clean"):
        Module.get(ws, name="dirty")
    module.deprecate()
    assert Module.get(ws, module.id).status == "Deprecated"
    module.set_name("scrub")
    module.set_description("scrubs <b>")
    assert (module.name, Module.get(ws, name="scrub").description) == ("scrub", "scrubs <b>")
    assert "<b>" not in module._repr_html_()
    module.enable()
    for refused in (module.publish_adla_script, module.publish_azure_batch, module.publish):
        with pytest.raises(NotAvailableError):
            refused("a", "b", [], [])


def test_a_step_binds_what_the_module_reads_and_writes(ws: Workspace, module: Module) -> None:
    publish(module, params={"rate": 1, "kind": "x"}, arguments=["--in", READS, "--out", WRITES])
    Path("src/a.py").write_text("print(2)\n")  # the version keeps what it was
    raw, made = PipelineData("raw"), PipelineData("result")
    first = PythonScriptStep("a.py", "first", outputs=[raw], compute_target="local", source_directory="src")
    rate = PipelineParameter("rate", 0.5)
    last = ModuleStep(
        module, inputs_map={"given": raw}, outputs_map={"made": made}, params={"rate": rate}, compute_target="local"
    )
    node = next(each for each in Pipeline(ws, [first, last])._graph(keep=True).nodes if each.name == "clean")
    assert [(p.name, p.mode, p.source["output"]) for p in node.inputs] == [("given", "download", "raw")]
    assert [port.name for port in node.outputs] == ["made"]
    data = "$AZUREML_DATAREFERENCE_"
    assert node.arguments == ["--in", f"{data}given", "--out", f"{data}made"]
    assert node.settings["variables"] == {"AML_PARAMETER_rate": {"parameter": "rate"}, "AML_PARAMETER_kind": "x"}
    assert node.settings["source"] == module.resolve()._entity["source"] and node.step_type == "ModuleStep"
    own = ModuleStep(module, inputs_map={"given": raw}, outputs_map={"made": made}, arguments=["--only", raw])
    assert [str(each) for each in own._arguments] == ["--only", f"{data}given"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs its input 'given'"),
        ({"inputs_map": {"given": PipelineData("a"), "other": 1}}, "has no input 'other'; it has: given"),
        ({"inputs_map": {"given": PipelineData("a")}}, "needs its output 'made'"),
        (
            {
                "inputs_map": {"given": PipelineData("a")},
                "outputs_map": {"made": PipelineData("b")},
                "params": {"speed": 1},
            },
            "told nothing called 'speed'",
        ),
    ],
)
def test_what_does_not_fit_is_said(module: Module, options: dict[str, Any], words: str) -> None:
    publish(module)
    with pytest.raises(PipelineError, match=words):
        ModuleStep(module, **options)
    with pytest.raises(PipelineError, match="needs a module"):
        ModuleStep(**options)


def test_definitions_say_what_they_were_told() -> None:
    assert (str(READS), READS.default_datastore_mode, READS.is_optional) == (
        "$AZUREML_DATAREFERENCE_given", "download", False,
    )  # fmt: skip
    assert (WRITES.name, WRITES.label, WRITES.is_directory) == ("made", "what is made", False)
    with pytest.raises(PipelineTypeError, match="cannot be bound as 'fast'"):
        InputPortDef("a", default_datastore_mode="fast")
    with pytest.raises(PipelineError, match="needs a name"):
        OutputPortDef("")
    param = Param(ParamDef("rate", 1))
    param.set_value(2)
    assert (param.name, param.get_value()) == ("rate", 2)


def test_drafts_are_kept_changed_and_removed(ws: Workspace, module: Module) -> None:
    rate = PipelineParameter("rate", 1)
    step = PythonScriptStep("a.py", "one", arguments=[rate], compute_target="local", source_directory="src")
    draft = PipelineDraft.create(
        ws, Pipeline(ws, [step]), "mine", tags={"a": "b"}, pipeline_parameters={"rate": 3}, experiment_name="e"
    )
    copy = PipelineDraft.create(ws, draft)
    assert (copy.name, copy.parent_pipeline_draft_id) == ("Pipeline draft", draft.id)
    assert [each.id for each in PipelineDraft.list(ws, {"a": "b"})] == [draft.id]
    assert len(PipelineDraft.list(ws)) == 2
    with pytest.raises(PipelineError, match="rats"):
        draft.update(pipeline_parameters={"rats": 1})
    draft.update(name="other", tags={"c": "d"})
    found = PipelineDraft.get(ws, draft.id)
    assert (found.name, found.tags) == ("other", {"c": "d"})
    assert [node.name for node in found.get_graph().nodes] == ["one"]
    assert "one:" in found.save("draft.yml") and Path("draft.yml").is_file()
    published = found.publish()
    assert published.name == "other" and PipelineDraft.create(ws, published).parent_pipeline_id == published.id
    with pytest.raises(PipelineError, match="has no experiment"):
        copy.submit_run()
    with pytest.raises(PipelineTypeError, match="made of a Pipeline"):
        PipelineDraft.create(ws, step)
    draft.delete()
    with pytest.raises(NotPublishedError):
        PipelineDraft.get(ws, draft.id)
