"""Deployments without a script: which models have them, and what is asked for in their place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.core.inference import ResourceConfiguration
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice, no_code
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException, WebserviceException
from aml_nb.scoring.no_code import SAMPLES


def registered(ws: Workspace, framework: str | None = Model.Framework.SCIKITLEARN, **more: Any) -> Model:
    """A model of one file."""
    path = Path("model.onnx" if framework == "Onnx" else "model.pkl")
    path.write_bytes(b"bytes")
    return Model.register(ws, str(path), "iris", model_framework=framework, **more)


def packages(model: Model) -> list[str]:
    environment = no_code.configuration([model]).environment
    assert environment is not None
    return list(environment.python.conda_dependencies.pip_packages)


def variables(model: Model) -> dict[str, Any]:
    environment = no_code.configuration([model]).environment
    assert environment is not None
    return {key: json.loads(text) for key, text in environment.environment_variables.items()}


@pytest.mark.parametrize(
    ("version", "requirement"),
    [
        (None, "scikit-learn"),
        ("1.4", "scikit-learn==1.4.*"),
        ("1.4.2", "scikit-learn==1.4.2"),
        ("1", "scikit-learn==1.*"),
    ],
)
def test_the_version_of_the_framework_is_asked_for(ws: Workspace, version: str | None, requirement: str) -> None:
    found = packages(registered(ws, model_framework_version=version))

    assert requirement in found and "pandas" in found and "azureml-defaults" in found


def test_the_version_of_the_onnx_format_pins_no_runtime(ws: Workspace) -> None:
    model = registered(ws, Model.Framework.ONNX, model_framework_version="1.3")

    assert "onnxruntime" in packages(model)
    assert os.path.basename(no_code.configuration([model]).entry_script) == "score_onnx.py"


def test_what_is_no_version_is_told(ws: Workspace) -> None:
    with pytest.raises(WebserviceException, match="'newest', which is no version of scikit-learn") as caught:
        no_code.configuration([registered(ws, model_framework_version="newest")])
    assert caught.value.hint is not None and "sklearn.__version__" in caught.value.hint


@pytest.mark.parametrize("framework", ["TensorFlow", "Multi"])
def test_frameworks_of_v1_that_need_a_script_here(ws: Workspace, framework: str) -> None:
    with pytest.raises(NotAvailableError, match=f"No-code deployment of a {framework} model is not there yet"):
        no_code.configuration([registered(ws, framework)])


@pytest.mark.parametrize("framework", ["Custom", "PyTorch", "TfKeras", None])
def test_other_models_need_a_script(ws: Workspace, framework: str | None) -> None:
    with pytest.raises(UserErrorException, match="an inference_config is needed: only one model"):
        no_code.configuration([registered(ws, framework)])


def test_it_is_for_exactly_one_model(ws: Workspace) -> None:
    model = registered(ws)
    for models in ([], [model, model], ["model.pkl"]):
        with pytest.raises(UserErrorException, match="an inference_config is needed"):
            no_code.configuration(models)


def test_several_files_are_named_before_anything_starts(ws: Workspace) -> None:
    Path("outputs").mkdir()
    for name in ("a.pkl", "b.joblib"):
        Path("outputs", name).touch()
    model = Model.register(ws, "outputs", "iris", model_framework=Model.Framework.SCIKITLEARN)

    with pytest.raises(WebserviceException, match=r"iris:1 holds several files .*: outputs/a.pkl, outputs/b.joblib"):
        no_code.configuration([model])


@pytest.mark.parametrize(
    ("sample", "kept"),
    [
        (pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.DataFrame(np.eye(3)), [{"0": 1.0, "1": 0.0, "2": 0.0}, {"0": 0.0, "1": 1.0, "2": 0.0}]),
        (pd.Series([4, 5, 6]), [4, 5]),
        (np.array([[1.5, 2.5]]), [[1.5, 2.5]]),
        ([[1, "x"], [2, "y"], [3, "z"]], [[1, "x"], [2, "y"]]),
    ],
    ids=["frame", "frame without names", "series", "array", "list"],
)
def test_the_first_rows_of_samples_reach_the_script(ws: Workspace, sample: Any, kept: Any) -> None:
    model = registered(ws, sample_input_dataset=sample, sample_output_dataset=sample)

    for found in (model, Model(ws, "iris"), Model.list(ws)[0]):
        assert variables(found) == {SAMPLES: {"input": kept, "output": kept}}
        assert found.sample_input_dataset is None
        assert no_code.notes(found) == ()


def test_a_dataset_is_read_where_it_can_be(ws: Workspace) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    taken: list[int] = []

    def take(count: int) -> Any:
        taken.append(count)
        return SimpleNamespace(to_pandas_dataframe=lambda: frame.head(count))

    dataset = SimpleNamespace(id="d-1", take=take, to_pandas_dataframe=lambda: frame)
    model = registered(ws, sample_input_dataset=dataset, sample_output_dataset=SimpleNamespace(id="d-2"))

    assert (model.sample_input_dataset, model.sample_output_dataset) == ("d-1", "d-2")
    assert variables(model) == {SAMPLES: {"input": [{"a": 1}, {"a": 2}]}}
    assert taken == [2]
    assert (
        len(no_code.notes(model)) == 1 and "sample output dataset d-2 is noted, but not read" in no_code.notes(model)[0]
    )


def test_samples_change_with_the_model(ws: Workspace) -> None:
    model = registered(ws, sample_input_dataset=[[1]], sample_output_dataset=[1])

    model.update(sample_input_dataset=[[2]])

    assert variables(Model(ws, "iris")) == {SAMPLES: {"input": [[2]], "output": [1]}}


@pytest.mark.parametrize(
    ("sample", "told"),
    [(object(), "no registered dataset"), ([{1, 2}], "JSON cannot hold the sample"), ("text", "no registered dataset")],
)
def test_samples_are_data(ws: Workspace, sample: Any, told: str) -> None:
    with pytest.raises(WebserviceException, match=told):
        registered(ws, sample_input_dataset=sample)


def test_a_huge_sample_is_left_out(ws: Workspace) -> None:
    model = registered(ws, sample_input_dataset=[[0.123456789] * 10_000])
    assert variables(model) == {}


def test_what_the_model_needs_is_what_a_deployment_asks_for(ws: Workspace) -> None:
    needs = ResourceConfiguration(cpu=1, memory_in_gb=1.5, gpu=1)
    model = registered(ws, resource_configuration=needs)
    blank, some = AciWebservice.deploy_configuration(), AciWebservice.deploy_configuration(cpu_cores=2)

    sized = [no_code.sized(config, [model], None) for config in (blank, some, AksWebservice.deploy_configuration())]

    assert [(config.cpu_cores, config.memory_gb) for config in sized] == [(1, 1.5), (2, 1.5), (1, 1.5)]
    assert sized[2].gpu_cores == 1
    assert blank.cpu_cores is None
    local = LocalWebservice.deploy_configuration()
    assert no_code.sized(local, [model], None).port == local.port
    assert no_code.sized(blank, [model], object()) is blank
    assert no_code.sized(blank, [registered(ws)], None) is blank
    assert no_code.sized(blank, None, None) is blank
