"""What the articles leave to their readers: mistakes, each mend with its reason, and what has to be there.

The articles' own code is not repeated here; it is read from their files.
"""

from __future__ import annotations

from tests.seeds.article import Check, Given, LeftOut, Mend, Run, Scenario
from tests.seeds.scenario_001 import SEED_001
from tests.seeds.scenario_003 import SEED_003
from tests.seeds.scenario_batch import SEED_000_BATCH, SEED_004

PARENTHESIS = Mend(
    "print (x_new[i]), predictions[i] )",
    "print (x_new[i], predictions[i] )",
    "two closing parentheses for one opening: a syntax error",
)
RUN_ANSWER = Mend(
    "json.loads(response)",
    "response",
    "the article's script returns a list, so run() already gives a list and json.loads has nothing to parse",
)
HTTP_ANSWER = Mend(
    "json.loads(response.json())",
    "response.json()",
    "the article's script returns a list, so response.json() is a list already",
)
SCRIPT_RETURNS_TEXT = Mend(
    "return predictions.tolist()",
    "return json.dumps(predictions.tolist())",
    "the other way round: the clients call json.loads on the answer, so the script has to return JSON text",
)

IRIS = Given(
    """
import os
import joblib
from azureml.core import Experiment, Workspace
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

ws = Workspace.from_config()
iris = load_iris()
classification_model_itself = LogisticRegression(max_iter=500).fit(iris.data, iris.target)
joblib.dump(classification_model_itself, "model.pkl")
os.makedirs("service_files")
with Experiment(ws, "iris").start_logging(snapshot_directory=None) as run:
    run.upload_file("outputs/model.pkl", "model.pkl")
""",
    "the article takes ws, the trained model.pkl (four numbers in, a class out), the run that wrote it to its "
    "outputs, and the folder as given",
)
WITHOUT_KEYS = Given(
    """
from azureml.core.webservice import AciWebservice
open_service = Model.deploy(ws, "classifier-aci", [classification_model], classifier_inference_config,
                            AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1))
open_service.wait_for_deployment()
endpoint = open_service.scoring_uri
""",
    "the article's first client has an endpoint and sends no key, so its service has no authentication",
)


def seed_000(*, client_mends: bool) -> Scenario:
    """Either the clients are mended (the script returns a list) or the script is (the clients parse text)."""
    by_sdk = (PARENTHESIS, RUN_ANSWER) if client_mends else (PARENTHESIS,)
    by_http = (PARENTHESIS, HTTP_ANSWER) if client_mends else (PARENTHESIS,)
    script = () if client_mends else (SCRIPT_RETURNS_TEXT,)
    same = Check("assert list(predictions) == classification_model_itself.predict(x_new).tolist()")
    kind = "list" if client_mends else "str"
    return Scenario(
        seed="000",
        name="list" if client_mends else "text",
        steps=(
            IRIS,
            Run("classification_model = Model.register("),
            Check("assert classification_model.version == 1 and classification_model.description"),
            Run("run.register_model("),
            Check("""
in_a_run = Model(ws, "classification_model")
assert (in_a_run.version, in_a_run.run_id) == (2, run.id)
"""),
            Run("def init():", script, save_as="service_files/score.py"),
            Run("myenv = CondaDependencies()"),
            Run("classifier_inference_config = InferenceConfig("),
            Run("production_cluster = ComputeTarget.create("),
            Run("classifier_deploy_config = AksWebservice.deploy_configuration("),
            Run("service = Model.deploy(workspace=ws"),
            Check("assert service.state == 'Healthy'"),
            Run("response = service.run(input_data = json_data)", by_sdk),
            same,
            WITHOUT_KEYS,
            Run("response = requests.post(url = endpoint", by_http),
            same,
            Run("primary_key, secondary_key = service.get_keys()"),
            Given(
                "endpoint, key_or_token = service.scoring_uri, primary_key",
                "the article leaves the choice between key and token to the reader",
            ),
            Run('"Authorization":"Bearer " + key_or_token', by_http),
            same,
            Check("assert requests.post(endpoint, data=json_data).status_code == 401"),
            Run("service = AksWebservice(name='classifier-service', workspace=ws)"),
            Check("assert service.state == 'Healthy' and service.compute_type == 'AKS'"),
            Run("print(service.get_logs())"),
            Check("assert service.get_logs().strip()"),
            Given(
                "model, inference_config = classification_model, classifier_inference_config",
                "the article's last part calls the same two things by shorter names",
            ),
            Run("deployment_config = LocalWebservice.deploy_configuration(port=8890)"),
            Run("print(service.run(input_data = json_data))"),
            Check(f"assert service.port == 8890 and isinstance(service.run(json_data), {kind})"),
            Given(
                """
from pathlib import Path
script = Path("service_files/score.py").read_text()
Path("service_files/score.py").write_text(script.replace("model.predict(data)", "-model.predict(data)"))
json_data = json.dumps({"data": iris.data[-2:].tolist()})
""",
                "the article: make changes to the scoring file",
            ),
            Run("service.reload()"),
            Check("""
answer = service.run(json_data)
assert (json.loads(answer) if isinstance(answer, str) else answer) == [-2, -2], answer
"""),
        ),
        ends="ParallelRunConfig",
    )


def _typing_error(wrong: str, right: str) -> Mend:
    return Mend(wrong, right, "a typing error")


def _filled_in(wrong: str, right: str) -> Mend:
    return Mend(wrong, right, "a blank for the reader to fill in")


SENTIMENT = Given(
    """
import os
import joblib
from azureml.core import Environment, Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig, Model
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

ws = Workspace.from_config()
os.makedirs("models")
os.makedirs("source")
texts = ["a great day", "great fun", "a bad day", "bad food"]
joblib.dump(make_pipeline(CountVectorizer(), MultinomialNB()).fit(texts, [1, 1, 0, 0]), "models/mood.joblib")
from pathlib import Path
Path("source/score.py").write_text('''
import glob, json, os, joblib

def init():
    global model
    model = joblib.load(glob.glob(os.environ["AZUREML_MODEL_DIR"] + "/**/*.joblib", recursive=True)[0])
    print("model loaded")

def run(data):
    return {"positive": bool(model.predict([json.loads(data)["test"]])[0])}
''')
environment = Environment("sentiment-env")
environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["scikit-learn"])
inference_config = InferenceConfig("score.py", source_directory="source", environment=environment)
model = Model.register(ws, "models", "tf-dnn-mnist")
ComputeTarget.create(ws, "myaks", AksCompute.provisioning_configuration()).wait_for_completion()
del AksCompute, ComputeTarget, Model
""",
    "the article takes the workspace, the folder of models, its GPU example's registered model, the script "
    "with its environment and the cluster myaks as given",
)

SEED_002 = Scenario(
    seed="002",
    name="aks, aci, local",
    begins="aks_target = AksCompute(ws, 'myaks')",
    steps=(
        SENTIMENT,
        Run(
            "aks_target = AksCompute(ws, 'myaks')",
            (
                Mend(
                    "from azureml.core.model import Model\n",
                    "from azureml.core.model import Model\nfrom azureml.core.compute import AksCompute\n",
                    "AksCompute is used and never imported",
                ),
                _typing_error("inferece_config", "inference_config"),
            ),
        ),
        Check("assert service.state == 'Healthy' and service.compute_type == 'AKS'"),
        Check("assert 'model loaded' in service.get_logs()"),
        Run(
            "AciWebservice.deploy_configuration(cpu_cores = 1 , memory_gb = 1)",
            (_typing_error("inferece_config", "inference_config"),),
        ),
        Check("assert service.state == 'Healthy' and service.compute_type == 'ACI'"),
        Run(
            "aks_name = 'aks-gpu'",
            (
                _typing_error("Computetarget(", "ComputeTarget("),
                _typing_error("provioning_configuration", "provisioning_configuration"),
                _typing_error("wat_for_completion", "wait_for_completion"),
            ),
        ),
        Check("assert aks_target.provisioning_state == 'Succeeded'"),
        Run("gpu_aks_config = AksWebservice.deploy_configuration("),
        Run("aks_service_name = 'aks-dnn-mnist'", (_typing_error("deploument_target", "deployment_target"),)),
        Check("assert aks_service.state == 'Healthy' and aks_service.num_replicas == 3"),
        Run("model_name = 'sentiment'"),
        Check("assert (model.name, model.version) == ('sentiment', 1)"),
        Run("deployment_config = LocalWebservice.deploy_configuration()"),
        Run("model = Model(ws, name='sentiment')"),
        Check("assert service.state == 'running' and type(service).__name__ == 'LocalWebservice'"),
        Run(
            "test_data = json.dumps({'test': 'today is a great day!'})",
            (
                _typing_error("improt json", "import json"),
                _typing_error("requests.pot", "requests.post"),
                _filled_in("'scoring uri for your service'", "service.scoring_uri"),
            ),
        ),
        Check("assert response.status_code == 200 and response.json() == {'positive': True}"),
        LeftOut("from azureml.monitoring import ModelDataCollector", "data collection is not there yet"),
        Run(
            "aks_service = Webservice(ws, 'my-service-name')",
            (_filled_in("'my-service-name'", "'myservice'"),),
        ),
        Check("""
aks_service.wait_for_deployment()
assert Webservice(ws, 'myservice').enable_app_insights is True
"""),
    ),
)

SCENARIOS = (
    seed_000(client_mends=True),
    seed_000(client_mends=False),
    SEED_000_BATCH,
    SEED_001,
    SEED_002,
    SEED_003,
    SEED_004,
)
