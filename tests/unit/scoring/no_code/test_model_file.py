"""Which of a model's files is the model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aml_nb.errors import WebserviceException
from aml_nb.scoring.no_code import SCRIPTS, find_model, framework_of, model_file, script_path


@pytest.mark.parametrize(
    ("framework", "paths", "found"),
    [
        ("ScikitLearn", ["model.pkl"], "model.pkl"),
        ("ScikitLearn", ["outputs/model.joblib", "outputs/metrics.json"], "outputs/model.joblib"),
        ("ScikitLearn", ["a/Model.PKL", "a/readme.md"], "a/Model.PKL"),
        ("ScikitLearn", ["model.joblib.gz", "notes.gz"], "model.joblib.gz"),
        ("ScikitLearn", ["model"], "model"),
        ("ScikitLearn", ["model.sav", "x/model.onnx"], "model.sav"),
        ("Onnx", ["net.onnx", "net.onnx.data", "labels.txt"], "net.onnx"),
        ("Onnx", ["net"], "net"),
    ],
)
def test_the_one_file_that_fits(framework: str, paths: list[str], found: str) -> None:
    assert model_file(framework, paths, "the model") == found


@pytest.mark.parametrize(
    ("framework", "paths", "told"),
    [
        ("ScikitLearn", ["b.pkl", "a.joblib", "c.txt"], "holds several files that may be the model: a.joblib, b.pkl"),
        ("ScikitLearn", ["a.txt", "b.txt"], "no file that ends in .pkl, .pickle, .joblib, .sav; it holds a.txt, b.txt"),
        ("ScikitLearn", [], "holds no file that ends in .pkl"),
        ("Onnx", ["a.pkl", "b.pb"], "no file that ends in .onnx; it holds a.pkl, b.pb"),
        ("Onnx", ["a.onnx", "b.onnx"], "several files that may be the model: a.onnx, b.onnx"),
    ],
)
def test_what_cannot_be_told_is_named(framework: str, paths: list[str], told: str) -> None:
    with pytest.raises(WebserviceException) as caught:
        model_file(framework, paths, "the model iris:3")
    assert f"Error, the model iris:3 {told}" in caught.value.message if told[0] == "h" else told in caught.value.message
    assert caught.value.hint


def test_it_is_found_in_the_services_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "model.pkl").touch()
    (tmp_path / "outputs" / "log.txt").touch()
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))

    assert find_model("ScikitLearn") == str(tmp_path / "outputs" / "model.pkl")


@pytest.mark.parametrize("framework", SCRIPTS)
def test_a_service_is_known_by_its_script(framework: str) -> None:
    path = script_path(framework)
    assert os.path.isfile(path)
    assert framework_of(path) == framework
    assert framework_of(f"/home/me/{os.path.basename(path)}") is None
