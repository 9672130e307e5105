"""What an entry script finds around it (models, variables, folders), by v1's rules."""

from __future__ import annotations

import json
import os
from pathlib import Path

from aml_nb.core.environment import Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice
from aml_nb.core.workspace import Workspace

LOOK_AROUND = """
import os
import sys
from azureml.core.model import Model

def init():
    pass

def run(name):
    root = os.environ["AZUREML_MODEL_DIR"]
    files = [os.path.join(d, f) for d, _, fs in os.walk(root) for f in fs]
    return {
        "variables": {k: v for k, v in os.environ.items() if k.startswith(("AZUREML_", "AML_", "MODE"))},
        "files": sorted(os.path.relpath(f, root) for f in files),
        "cwd": os.getcwd(),
        "path": sys.path,
        "file": __file__,
        "model_path": Model.get_model_path(name) if name else None,
    }
"""


def looked(
    ws: Workspace, kind: str, models: list[object], config: InferenceConfig, name: str = ""
) -> dict[str, object]:
    configuration = {"local": LocalWebservice, "aci": AciWebservice}[kind].deploy_configuration()
    service = Model.deploy(ws, f"look-{kind}", models, config, configuration)
    service.wait_for_deployment()
    return dict(service.run(name))


def environment() -> Environment:
    made = Environment("plain")
    made.python.user_managed_dependencies = True
    made.environment_variables = {"MODE": "lesson"}
    return made


def test_one_model_and_a_source_directory(ws: Workspace) -> None:
    Path("code/inner").mkdir(parents=True)
    Path("code/inner/score.py").write_text(LOOK_AROUND)
    Path("code/helper.py").write_text("")
    Path("model.txt").write_text("1")
    model = Model.register(ws, "model.txt", "first")
    config = InferenceConfig("inner/score.py", source_directory="code", environment=environment())
    found = looked(ws, "local", [model], config, "first")
    variables = found["variables"]
    assert isinstance(variables, dict)
    root = variables["AML_APP_ROOT"]
    assert found["files"] == ["model.txt"]
    assert variables["AZUREML_MODEL_DIR"].endswith(os.path.join("azureml-models", "first", "1"))
    assert variables["AZUREML_ENTRY_SCRIPT"] == "code/inner/score.py"
    assert variables["AZUREML_SOURCE_DIRECTORY"] == "code"
    assert variables["MODE"] == "lesson"
    assert found["cwd"] == root and found["file"] == f"{root}/code/inner/score.py"
    assert f"{root}/code" in found["path"]  # type: ignore[operator]
    assert found["model_path"] == f"{root}/azureml-models/first/1/model.txt"


def test_several_models_and_a_script_alone(ws: Workspace) -> None:
    Path("score.py").write_text(LOOK_AROUND)
    Path("vocabulary").mkdir()
    Path("vocabulary/words.json").write_text(json.dumps([]))
    Path("model.txt").write_text("1")
    models = [Model.register(ws, "model.txt", "first"), Model.register(ws, "vocabulary", "words")]
    Model.register(ws, "model.txt", "first")
    found = looked(ws, "aci", models, InferenceConfig("score.py", environment=environment()), "words")
    variables = found["variables"]
    assert isinstance(variables, dict)
    assert found["files"] == ["first/1/model.txt", "words/1/vocabulary/words.json"]
    assert os.path.basename(variables["AZUREML_MODEL_DIR"].rstrip("/")) == "azureml-models"
    assert os.path.isabs(variables["AZUREML_MODEL_DIR"]), "the cloud sets the absolute folder"
    assert variables["AZUREML_ENTRY_SCRIPT"] == "score.py" and "AZUREML_SOURCE_DIRECTORY" not in variables
    assert found["model_path"] == f"{variables['AML_APP_ROOT']}/azureml-models/words/1/vocabulary"


def test_no_model_and_a_plain_path(ws: Workspace) -> None:
    Path("score.py").write_text(LOOK_AROUND)
    long = "a_file_whose_name_is_longer_than_thirty.bin"
    Path(long).write_text("1")
    config = InferenceConfig("score.py", environment=environment())
    assert looked(ws, "aci", [], config)["files"] == []
    assert looked(ws, "local", [long], config)["files"] == [long]
    assert looked(ws, "local", [long, "score.py"], config)["files"] == [f"{long[:30]}/0/{long}", "score.py/0/score.py"]
