"""What HyperDriveStep and AutoMLStep share: outputs that are a part of a training run, and their steps' runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.training_output import TrainingOutput

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import Resolved
    from aml_nb.core.pipelines.graph import Node

METRICS, MODEL = "Metrics", "Model"


def as_metrics(output: Any) -> Any:
    """PipelineData that gets the metrics.

    Raises
    ------
    PipelineTypeError : it is no PipelineData.
    """
    if not isinstance(output, PipelineData):
        raise PipelineTypeError(f"metrics_output is PipelineData, not {output!r}.", hint="PipelineData('metrics')")
    if output._training_output is None:
        output._training_output = TrainingOutput(METRICS)
    return output


def parts(node: Node) -> dict[str, dict[str, Any]]:
    """The outputs of a step that are a part of the training run: what part, by name."""
    return {port.name: port.training_output for port in node.outputs if port.training_output is not None}


def without_parts(node: Node, resolved: Resolved) -> list[dict[str, Any]]:
    """The inputs of a step without those outputs, which the script does not write."""
    return [entry for entry in resolved.inputs if entry["name"] not in parts(node)]


def write_metrics(path: str, metrics: dict[str, dict[str, Any]]) -> None:
    """The metrics of all runs as v1 writes them: by run and name, always as lists."""
    listed = {
        run_id: {name: value if isinstance(value, list) else [value] for name, value in found.items()}
        for run_id, found in metrics.items()
    }
    Path(path).write_text(json.dumps(listed), encoding="utf-8")


def write_files(run: Any, name: str, path: str) -> None:
    """A file of a run, or the files of one of its folders.

    Raises
    ------
    PipelineError : the run has no such file.
    """
    there = run.get_file_names()
    if name in there:
        run.download_file(name, path)
        return
    folder = name.rstrip("/") + "/"
    inside = [each for each in there if each.startswith(folder)]
    if not inside:
        outputs = ", ".join(each for each in there if each.startswith("outputs/")) or "none"
        raise PipelineError(
            f"The best run, {run.id}, has no file {name!r}; its outputs are: {outputs}.",
            hint="TrainingOutput('Model', model_file='outputs/model.pkl'), and the script writes that file",
        )
    for each in inside:
        target = Path(path) / each.removeprefix(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        run.download_file(each, str(target))


def check_step_run(step_run: Any, step_type: str) -> None:
    """PipelineTypeError unless it is the run of a step of that type."""
    found = getattr(step_run, "properties", {}).get("StepType") if step_run is not None else None
    if found != step_type:
        raise PipelineTypeError(
            f"step_run is the run of a {step_type}, not {step_run!r}.",
            hint=f"{step_type}Run(pipeline_run.find_step_run('the step')[0])",
        )


def origin(step_run: Any) -> str:
    """The run in which the training was done: that of an earlier pipeline, where this one took its outputs."""
    return str(step_run._reused_from() or step_run.id)
