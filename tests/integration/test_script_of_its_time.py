"""An entry script of v1's time, with names that have gone since, serves as it stands."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
from sklearn.linear_model import LinearRegression

from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import LocalWebservice
from aml_nb.core.workspace import Workspace

SCRIPT = """\
import json
import numpy as np
import azureml.train.automl as AutoML


def init():
    global model
    from azureml.core.model import Model
    from sklearn.externals import joblib

    model = joblib.load(Model.get_model_path(model_name="line"))


def run(input_json):
    rows = np.array(json.loads(input_json)["data"], dtype=np.float)
    return [np.float(value) for value in model.predict(rows)]
"""


def test_script_of_v1s_time_serves_as_it_stands(ws: Workspace) -> None:
    Path("score.py").write_text(SCRIPT)
    joblib.dump(LinearRegression().fit([[0], [1], [2]], [1, 3, 5]), "line.pkl")
    model = Model.register(ws, model_path="line.pkl", model_name="line")
    service = Model.deploy(
        ws, "of-its-time", [model], InferenceConfig("score.py"), LocalWebservice.deploy_configuration()
    )
    try:
        service.wait_for_deployment()
        assert [round(v, 6) for v in service.run(json.dumps({"data": [[3], [10]]}))] == [7.0, 21.0]
    finally:
        service.delete()
