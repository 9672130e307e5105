"""The articles about batch inference: what they leave to their readers."""

from __future__ import annotations

from tests.seeds.article import Check, Given, Mend, Run, Scenario

PROCESS = ("process",)
FLOWERS = Given(
    """
import os
import joblib
import numpy as np
import pandas as pd
from azureml.core import Dataset, Environment, Experiment, Model, Workspace
from azureml.core.authentication import InteractiveLoginAuthentication
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

your_workspace = ws = Workspace.from_config()
iris = load_iris()
classifier = LogisticRegression(max_iter=500).fit(iris.data, iris.target)
joblib.dump(classifier, "model.pkl")
with Experiment(ws, "iris").start_logging(snapshot_directory=None) as run:
    run.upload_file("outputs/model.pkl", "model.pkl")
Model.register(ws, "model.pkl", "classification_model")

os.makedirs("flowers")
os.makedirs("batch_scripts")
for number, flower in enumerate(iris.data[::5]):
    np.savetxt(f"flowers/{number:02}.csv", flower.reshape(1, -1), delimiter=",")
store = ws.get_default_datastore()
store.upload("flowers", target_path="batch-data", show_progress=False)
Dataset.File.from_files((store, "batch-data/*.csv")).register(ws, "batch-data")
aml_cluster = ComputeTarget.create(
    ws, "batch-cluster", AmlCompute.provisioning_configuration("STANDARD_DS2_V2", max_nodes=4))
batch_env = Environment("batch-env")
batch_env.python.conda_dependencies = CondaDependencies.create(conda_packages=["scikit-learn"])
auth_header = InteractiveLoginAuthentication().get_authentication_header()
""",
    "the articles take the workspace, the model's file and its run, the folders, the dataset of one flower a file, "
    "the cluster, the environment and the caller's token as given",
)
SCRIPT = Given(
    """
from pathlib import Path
Path("batch_scripts/batch_scoring_script.py").write_text('''
import os
import joblib
import numpy as np
from azureml.core import Model

def init():
    global model
    model = joblib.load(Model.get_model_path("classification_model"))

def run(mini_batch):
    flowers = np.array([np.genfromtxt(path, delimiter=",") for path in mini_batch])
    return [f"{os.path.basename(path)}: {kind}" for path, kind in zip(mini_batch, model.predict(flowers))]
''')
""",
    "the article describes the script in words",
)
SUBSCRIPTED = Mend("ws.datasets('batch-data')", "ws.datasets['batch-data']", "v1's datasets are a dictionary")
PREDICTED = Check("""
assert (pipeline_run.get_status(), prediction_run.get_status()) == ("Finished", "Finished")
found = dict(zip(df["File"], df["Prediction"]))
assert found == {f"{n:02}.csv": int(kind) for n, kind in enumerate(classifier.predict(iris.data[::5]))}
""")
STARTED = Check("""
from azureml.pipeline.core import PipelineRun
assert response.status_code == 200
by_http = PipelineRun(Experiment(ws, "Batch_Prediction"), run_id)
assert by_http.wait_for_completion(show_output=False) == "Finished"
assert next(by_http.get_children()).get_output_data("inferences").download("by_http", show_progress=False) == 1
assert requests.post(rest_endpoint, json={"ExperimentName": "Batch_Prediction"}).status_code == 401
""")
SCHEDULED = Check("""
assert (pipeline_schedule.status, pipeline_schedule.recurrence.frequency) == ("Active", "Week")
assert [one.id for one in Schedule.list(ws, pipeline_id=published_pipeline.id)] == [pipeline_schedule.id]
pipeline_schedule.disable(wait_for_provisioning=True)
""")
FROM_THE_PIPELINE_ON = (
    Run("# Run the pipeline as an experiment"),
    PREDICTED,
    Run("published_pipeline = pipeline_run.publish_pipeline("),
    Check("assert (published_pipeline.version, published_pipeline.status) == ('1.0', 'Active')"),
    Run("requests.post(rest_endpoint"),
    STARTED,
    Run("weekly = ScheduleRecurrence("),
    SCHEDULED,
)

SEED_000_BATCH = Scenario(
    seed="000",
    name="batch",
    begins="ParallelRunConfig",
    engines=PROCESS,
    steps=(FLOWERS, SCRIPT, Run("from azureml.contrib.pipeline.steps import", (SUBSCRIPTED,)), *FROM_THE_PIPELINE_ON),
)
SEED_004 = Scenario(
    seed="004",
    name="batch",
    engines=PROCESS,
    steps=(
        FLOWERS,
        Run("classification_model = Model.register("),
        Run("run.register_model("),
        Check("assert Model(ws, 'classification_model').run_id == run.id"),
        Run("def run(mini_batch):", save_as="batch_scripts/batch_scoring_script.py"),
        Run("parallel_run_config = ParallelRunConfig("),
        *FROM_THE_PIPELINE_ON,
    ),
)
