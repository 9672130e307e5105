"""The article about wine, from its workspace to the last prediction: what it leaves to its readers."""

from __future__ import annotations

from tests.seeds.article import Check, Given, Mend, Run, Scenario

WINES = Given(
    """
import os
import numpy as np
import pandas as pd

os.makedirs("winedata")
dice = np.random.default_rng(7)
columns = ["fixed acidity", "volatile acidity", "citric acid", "residual sugar", "chlorides", "free sulfur dioxide",
           "total sulfur dioxide", "density", "pH", "sulphates", "alcohol"]
wines = pd.DataFrame(dice.random((400, 11)) * 10, columns=columns)
wines["quality"] = 3 + (wines["alcohol"] / 2).round().astype(int)
wines.to_csv("winedata/winequality_red.csv", index=False)
""",
    "the article's data, eleven measurements of each wine and its quality, are a download; these are made up",
)
SUBSCRIPTION = Mend(
    "<your-subscription-id>", "'3f2504e0-4f89-41d3-9a0c-0305e82c3301'", "a blank for the reader to fill in"
)
TENANT = Mend("<your-tenant-id>", "'9b2f8a52-5d5c-4a0e-8a3b-6a2b1f8d7c10'", "a blank for the reader to fill in")

SEED_003 = Scenario(
    seed="003",
    name="train, deploy",
    steps=(
        WINES,
        Run("print(azureml.core.VERSION)"),
        Run("forced_interactive_auth = InteractiveLoginAuthentication(", (SUBSCRIPTION, TENANT)),
        Check("""
assert (ws.name, ws.resource_group, ws.location) == ("azureml_workspace", "rgazureml", "centralus")
assert Workspace.get("azureml_workspace", subscription_id=sid, resource_group="rgazureml").name == ws.name
"""),
        Run("ds.upload(src_dir='./winedata'"),
        Check("""
from azureml.core import Dataset
assert len(Dataset.File.from_files((ds, "winedata/*.csv")).to_path()) == 1
"""),
        Run("folder_training_script = './winecode'"),
        Run("AmlCompute.provisioning_configuration("),
        Check("assert ws.compute_targets['cpucluster'].scale_settings.maximum_node_count == 1"),
        Run("%%writefile $folder_training_script/train.py"),
        Run("wine_env.register(workspace=ws)"),
        Run("estimator = Estimator("),
        Run("run = experiment.submit(config=estimator)"),
        Check("""
assert (run.experiment.name, run.type) == ("wine_expt", "azureml.scriptrun")
"""),
        Run("print(run.get_metrics())"),
        Run("model = run.register_model("),
        Check("""
assert run.get_status() == "Completed"
metrics = run.get_metrics()
assert metrics["max depth"] == 10.0 and 0 < metrics["rmse"] < 1, metrics
assert (model.name, model.version, model.run_id, model.tags["area"]) == ("wine_model", 1, run.id, "wine")
assert "Data folder:" in "".join(open(log).read() for log in run.get_all_logs(destination="logs"))
"""),
        Run("%%writefile $folder_training_script/score.py"),
        Run("env_file = './winecode/env.yml'"),
        Run("classifier_inference_config = InferenceConfig("),
        Run("AksCompute.ClusterPurpose.DEV_TEST"),
        Run("classifier_deploy_config = AksWebservice.deploy_configuration("),
        Run("model = ws.models['wine_model']"),
        Check("assert service.state == 'Healthy'"),
        Run("endpoint = service.scoring_uri"),
        Run("primary_key, secondary_key = service.get_keys()"),
        Run("x_new = [[7.3,0.65"),
        Check("assert (response.status_code, response.json()) == (200, [8.0])"),
    ),
)
