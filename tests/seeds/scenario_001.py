"""The article about images, ACI, AKS and logs: what it leaves to its readers."""

from __future__ import annotations

from tests.seeds.article import Check, Given, LeftOut, Mend, Run, Scenario

PIP = "installs packages of v1's time; what the tests run in has the newest"

TRAINED = Given(
    """
import json
import logging
import os
from pathlib import Path
import joblib
import numpy as np
from azureml.core import Workspace
from azureml.core.image import ContainerImage, Image
from azureml.core.model import Model
from azureml.core.webservice import AciWebservice, Webservice
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

ws = Workspace.create("myworkspace", subscription_id="<azure-subscription-id>", resource_group="myresourcegroup")
trips = np.array([
    [1, 2, 5, 9, 4, 27, 5, "Memorial Day", True, 0, 0.0, 0.0, 65],
    [1, 3, 10, 15, 4, 27, 7, "None", False, 0, 2.0, 1.0, 80],
    [2, 1, 1, 23, 6, 4, 7, "Independence Day", True, 0, 0.0, 0.0, 75],
])
fares = make_pipeline(OneHotEncoder(handle_unknown="ignore"), Ridge(alpha=0.01)).fit(trips, [20.0, 38.5, 7.5])
joblib.dump(fares, "trained.pkl")
own_model_url = Path("trained.pkl").absolute().as_uri()
""",
    "the article takes the workspace and a model that was trained on its thirteen columns as given",
)
FIRST = Given(
    """
Path("best.txt").write_text("42")
best = Model.register(ws, "best.txt", "my-best-model")
Path("small.py").write_text('''
import logging
logging.basicConfig(level=logging.DEBUG)
from azureml.core.model import Model

def init():
    global answer
    answer = open(Model.get_model_path(model_name="my-best-model")).read()
    print("the answer is there")

def run(data):
    return answer
''')
image = Image.create(ws, "myimg", [best], ContainerImage.image_configuration("small.py", "python"))
image.wait_for_creation()
service = Webservice.deploy_from_image(ws, "mysvc", image, AciWebservice.deploy_configuration())
service.wait_for_deployment()
""",
    "the article's first part looks at the image myimg, the service mysvc and the model my-best-model",
)
MODEL_URL = Mend(
    "urllib.request.urlretrieve(model_url, model_path)",
    "urllib.request.urlretrieve(own_model_url, model_path)",
    "the storage account of the article's model is gone",
)

SEED_001 = Scenario(
    seed="001",
    name="images, aci, aks",
    steps=(
        TRAINED,
        FIRST,
        Run("print(image.image_build_log_uri)"),
        Check("""
import urllib.request
assert (name, img.name, img.version) == ("myimg", "myimg", 1)
with urllib.request.urlopen(img.image_build_log_uri) as opened:
    assert "small.py" in opened.read().decode()
"""),
        Run("print(service.get_logs())"),
        Check("""
log = service.get_logs()
assert "the answer is there" in log
assert "DEBUG:azureml.core.model:Found the model my-best-model at" in log
"""),
        Run("logging.basicConfig(level=logging.DEBUG)"),
        Check("assert Path(Model.get_model_path(model_name='my-best-model')).read_text() == '42'"),
        LeftOut("!pip install --upgrade pip", PIP),
        LeftOut("!pip install --upgrade azureml-sdk", PIP),
        LeftOut("!pip install scikit-learn==0.20.3", PIP),
        LeftOut("!pip install -U scikit-image", PIP),
        Given("ws.write_config(); del ws, Workspace, Webservice, Model", "a new notebook, as the article has it"),
        Given("from azureml.core import Workspace", "it imports this only in its next block"),
        Run('ws = Workspace.get(name="myworkspace"'),
        Run('print("Azure ML SDK version:", azureml.core.VERSION)'),
        Run("model_folder = './automl-model'", (MODEL_URL,)),
        Run("# register the model for deployment"),
        Check("assert (model.name, model.version, model.tags['area']) == ('nyc-taxi-automl-predictor', 1, 'auto')"),
        Run("%%writefile scoring_service.py"),
        Run("image_config = ContainerImage.image_configuration("),
        Check("""
assert (image.id, image.creation_state) == ("nyc-taxi-automl-image:1", "Succeeded")
assert set(ws.images) == {"myimg", "nyc-taxi-automl-image"}
"""),
        Run("aci_name = 'automl-aci-cluster01'"),
        Check("""
assert (aci_service.state, aci_service.compute_type) == ("Healthy", "ACI")
assert (aci_service.image_id, aci_service.image.name) == (image.id, image.name)
"""),
        Run("result = aci_service.run(json.dumps(data1))"),
        Check("assert [round(fare) for fare in json.loads(result)] == [38, 20], result"),
        Run("print('ACI Service: {} scoring URI is: {}'.format(service_name, url))"),
        Check("assert json.loads(response.json()) == json.loads(result), response.text"),
        Run("AksCompute.ClusterPurpose.DEV_TEST"),
        Check("assert aks_target.provisioning_state == 'Succeeded'"),
        Run("aks_service_name = 'nyc-taxi-automl-service-aks'"),
        Check("""
assert (aks_service.state, aks_service.image_id) == ("Healthy", image.id)
assert "Model loaded..." in aks_service.get_logs()
"""),
        Run("if aks_service.auth_enabled:"),
        Check("""
assert "Authorization" in headers
assert json.loads(response.json()) == json.loads(result), response.text
assert requests.post(url, json.dumps(data1)).status_code == 401
"""),
    ),
)
