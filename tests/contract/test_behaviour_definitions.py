"""Environments, workspaces, deployment configurations and errors: v1's forms, defaults and refusals."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from aml_nb import errors
from aml_nb.core.compute import AksCompute, AmlCompute, ComputeTarget
from aml_nb.core.environment import Environment
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException, WebserviceException


def test_the_default_conda_specification() -> None:
    data = YAML(typ="safe").load(CondaDependencies().serialize_to_string())
    assert list(data) == ["name", "dependencies", "channels"] and data["name"] == "project_environment"
    assert data["dependencies"] == ["python=3.8.13", {"pip": ["azureml-defaults"]}]
    assert data["channels"] == ["anaconda", "conda-forge"]


def test_create_sets_its_own_python_and_drops_azureml_defaults() -> None:
    assert list(CondaDependencies.create().conda_packages) == ["python=3.10.18"]
    assert list(CondaDependencies.create().pip_packages) == ["azureml-defaults"]
    assert list(CondaDependencies.create(pip_packages=["joblib"]).pip_packages) == ["joblib"]
    both = CondaDependencies.create(pip_packages=["joblib", "azureml-defaults"], pin_sdk_version=True)
    assert list(both.pip_packages) == ["joblib", "azureml-defaults"]
    assert list(CondaDependencies.create(python_version="3.6.2").conda_packages) == ["python=3.6.2"]


def test_packages_are_iterators_and_replace_themselves() -> None:
    packages = CondaDependencies()
    for name in ("conda_packages", "pip_packages", "conda_channels", "pip_options"):
        values = getattr(packages, name)
        assert iter(values) is values
    packages.add_pip_package("numpy==1.0")
    packages.add_pip_package("numpy>=1.1")
    assert list(packages.pip_packages) == ["azureml-defaults", "numpy>=1.1"]
    with pytest.raises(UserErrorException):
        packages.add_pip_package("--pre")
    with pytest.raises(UserErrorException):
        packages.remove_conda_package("python")


def test_comments_stay_and_unknown_keys_are_refused(home: Path) -> None:
    Path("env.yml").write_text("name: e # mine\ndependencies:\n  - python=3.11  # newest\n  - pip:\n    - joblib\n")
    text = CondaDependencies("env.yml").serialize_to_string()
    assert "# mine" in text and "# newest" in text
    Path("bad.yml").write_text("name: e\nfoo: 1\ndependencies: [python=3.11]\n")
    with pytest.raises(UserErrorException, match="foo"):
        CondaDependencies("bad.yml")


def test_the_json_of_an_environment() -> None:
    environment = Environment("e")
    shown = json.loads(repr(environment))
    assert repr(environment) == json.dumps(shown, indent=4, sort_keys=True)
    assert str(environment) == "Environment(Name: e,\nVersion: None)"
    assert set(shown) == {
        "name", "version", "assetId", "environmentVariables", "inferencingStackVersion", "r", "databricks", "docker",
        "python", "spark",
    }  # fmt: skip
    assert set(shown["docker"]) == {
        "enabled", "baseImage", "baseDockerfile", "buildContext", "sharedVolumes", "shmSize", "arguments",
        "baseImageRegistry", "platform",
    }  # fmt: skip
    assert set(shown["docker"]["baseImageRegistry"]) == {"address", "username", "password", "registryIdentity"}
    assert set(shown["python"]) == {
        "userManagedDependencies", "interpreterPath", "condaDependenciesFile", "baseCondaEnvironment",
        "condaDependencies",
    }  # fmt: skip
    assert set(shown["spark"]) == {"repositories", "packages", "precachePackages"}
    assert shown["environmentVariables"] == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
    docker, python = shown["docker"], shown["python"]
    assert docker["baseImage"] == "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"
    assert (docker["shmSize"], docker["platform"]) == ("2g", {"os": "Linux", "architecture": "amd64"})
    assert (python["interpreterPath"], python["userManagedDependencies"]) == ("python", False)


def test_sections_of_an_environment(home: Path) -> None:
    environment = Environment("e")
    environment.docker.base_dockerfile = "FROM x"
    assert environment.docker.base_image is None
    environment.docker.base_image = "y"
    assert environment.docker.base_dockerfile is None
    for section in (environment, environment.docker, environment.python, environment.spark):
        with pytest.raises(AttributeError):
            section.anything_else = 1
    environment.save_to_directory("saved")
    assert {"azureml_environment.json", "conda_dependencies.yml"} <= set(os.listdir("saved"))
    environment.docker.base_dockerfile = "FROM x"
    environment.save_to_directory("saved", overwrite=True)
    assert Path("saved/BaseDockerfile").read_text() == "FROM x"
    assert Environment.load_from_directory("saved").docker.base_dockerfile == "FROM x"
    assert Environment.from_docker_image("i", "x").python.user_managed_dependencies
    assert Environment.from_dockerfile("i", "FROM x").python.user_managed_dependencies


def test_registering_gives_another_object(ws: Workspace) -> None:
    environment = Environment("e")
    registered = environment.register(ws)
    assert registered is not environment and environment.version is None and registered.version == "1"
    listed = Environment.list(ws)
    assert type(listed) is dict and listed["e"].version == "1"


def test_the_file_that_names_a_workspace(ws: Workspace) -> None:
    ws.write_config()
    data = json.loads(Path(".azureml/config.json").read_text())
    scope = f"/subscriptions/{ws.subscription_id}/resourceGroups/{ws.resource_group}"
    scope += f"/providers/Microsoft.MachineLearningServices/workspaces/{ws.name}"
    assert data == {"Id": None, "Scope": scope}
    Path("below/deeper").mkdir(parents=True)
    assert Workspace.from_config("below/deeper").name == ws.name
    Path("below/config.json").write_text(
        json.dumps({"subscription_id": "s", "resource_group": "r", "workspace_name": "portal", "Scope": scope})
    )
    assert Workspace.from_config("below").name == ws.name, "Scope goes before the three keys"
    Path("below/config.json").write_text(
        json.dumps({"subscription_id": "s", "resource_group": "r", "workspace_name": "portal"})
    )
    portal = Workspace.from_config("below")
    assert (portal.name, portal.resource_group, portal.subscription_id) == ("portal", "r", "s")
    Path("old/aml_config").mkdir(parents=True)
    ws.write_config("old")
    assert os.listdir("old/aml_config") == ["config.json"] and not Path("old/.azureml").exists()
    portal.delete()


def test_collections_are_fresh(ws: Workspace) -> None:
    for name in ("models", "webservices", "compute_targets", "datastores", "environments", "experiments", "images"):
        assert isinstance(getattr(ws, name), dict) and getattr(ws, name) is not getattr(ws, name)
    ws.models["mine"] = None
    assert "mine" not in ws.models and len(ws.datasets) == 0
    assert ws.get_default_datastore().name == "workspaceblobstore"
    assert list(Workspace.list(ws.subscription_id)) == [ws.name]


@pytest.fixture
def script(ws: Workspace) -> InferenceConfig:
    Path("score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    return InferenceConfig("score.py")


def test_what_a_deployment_goes_to(ws: Workspace, script: InferenceConfig) -> None:
    cluster = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
    other = ComputeTarget.create(ws, "other", AksCompute.provisioning_configuration())
    training = ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=1))
    assert type(Model.deploy(ws, "one", [], script)) is AciWebservice
    assert type(Model.deploy(ws, "two", [], script, deployment_target=cluster)) is AksWebservice
    configuration = AksWebservice.deploy_configuration(compute_target_name="other")
    assert Model.deploy(ws, "three", [], script, configuration, cluster).compute_name == other.name
    with pytest.raises(WebserviceException):
        Model.deploy(ws, "four", [], script, deployment_target=training)
    with pytest.raises(WebserviceException):
        Model.deploy(ws, "five", [], script, AksWebservice.deploy_configuration())


def test_a_deployment_always_tells_that_it_is_v1s(
    ws: Workspace, script: InferenceConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # a notebook's cells are spared
    for _ in range(2):
        with pytest.warns(FutureWarning, match="ManagedOnlineDeployment") as told, pytest.raises(WebserviceException):
            Model.deploy(ws, "No such name", [], script)
        assert told[0].filename == __file__
    monkeypatch.setenv("AZUREML_LOG_DEPRECATION_WARNING_ENABLED", "False")
    with warnings.catch_warnings(), pytest.raises(WebserviceException):
        warnings.simplefilter("error")
        Model.deploy(ws, "No such name", [], script)


def test_defaults_of_services(ws: Workspace, script: InferenceConfig) -> None:
    aci = Model.deploy(ws, "aci", [], script, AciWebservice.deploy_configuration())
    needs = aci.container_resource_requirements
    assert (needs.cpu, needs.memory_in_gb, aci.auth_enabled, aci.ssl_enabled) == (0.1, 0.5, False, False)
    assert aci.enable_app_insights is False and aci.tags == {}
    cluster = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
    aks = Model.deploy(ws, "aks", [], script, AksWebservice.deploy_configuration(), cluster)
    needs, scaler, probe = aks.container_resource_requirements, aks.autoscaler, aks.liveness_probe_requirements
    assert (needs.cpu, needs.memory_in_gb, aks.auth_enabled, aks.token_auth_enabled) == (0.1, 0.5, True, False)
    assert (scaler.autoscale_enabled, scaler.min_replicas, scaler.max_replicas) == (True, 1, 10)
    assert (scaler.refresh_period_seconds, scaler.target_utilization) == (1, 70)
    assert (aks.scoring_timeout_ms, aks.max_concurrent_requests_per_container) == (60000, 1)
    assert aks.max_request_wait_time == 500
    assert (probe.period_seconds, probe.initial_delay_seconds, probe.timeout_seconds) == (10, 310, 2)
    assert (probe.success_threshold, probe.failure_threshold) == (1, 3)
    assert (cluster.agent_count, cluster.agent_vm_size) == (3, "Standard_D3_v2")
    assert aks.swagger_uri == aks.scoring_uri.rpartition("/")[0] + "/swagger.json"


@pytest.mark.parametrize(
    ("make", "gists"),
    [
        (lambda: AksWebservice.deploy_configuration(autoscale_enabled=True, num_replicas=2), ["num_replicas"]),
        (lambda: AksWebservice.deploy_configuration(autoscale_enabled=False), ["num_replicas"]),
        (lambda: AksWebservice.deploy_configuration(autoscale_max_replicas=2), ["autoscale"]),
        (lambda: AksWebservice.deploy_configuration(auth_enabled=True, token_auth_enabled=True), ["auth_enabled"]),
        (lambda: AksWebservice.deploy_configuration(cpu_cores=0, memory_gb=-1), ["cpu_cores", "\n", "memory_gb"]),
        (lambda: AksWebservice.deploy_configuration(namespace="Not_Good"), ["namespace"]),
        (lambda: AciWebservice.deploy_configuration(ssl_enabled=True), ["certificate", "key", "cname"]),
        (lambda: AciWebservice.deploy_configuration(cmk_key_name="k"), ["cmk_"]),
        (lambda: AciWebservice.deploy_configuration(subnet_name="s"), ["vnet_name"]),
        (lambda: LocalWebservice.deploy_configuration(port=-1), ["port"]),
    ],
)
def test_what_configurations_refuse(make: Callable[[], object], gists: list[str]) -> None:
    with pytest.raises(WebserviceException) as caught:
        make()
    assert all(gist in caught.value.message for gist in gists)


def test_what_an_inference_configuration_refuses(script: InferenceConfig) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert os.path.isabs(InferenceConfig("score.py", source_directory=".").source_directory or "")
        with pytest.raises(DeprecationWarning):
            InferenceConfig("score.py", runtime="python")
    for wrong in ({"runtime": "python"}, {"conda_file": "score.py"}, {"enable_gpu": True}, {"base_image": "x"}):
        with pytest.warns(DeprecationWarning), pytest.raises(WebserviceException):
            InferenceConfig("score.py", environment=Environment("e"), **wrong)
    environment = Environment("e")
    environment.docker._put("base_dockerfile", "FROM x")
    with pytest.raises(WebserviceException):
        InferenceConfig("score.py", environment=environment)


def test_errors_have_v1s_form_and_kin() -> None:
    error = WebserviceException("it failed", status_code=404)
    assert (error.message, error.inner_exception, error.status_code) == ("it failed", None, 404)
    head, _, body = str(error).partition("\tErrorResponse \n")
    assert head == "WebserviceException:\n\tMessage: it failed\n\tInnerException None\n"
    assert json.loads(body)["error"]["message"] == "it failed"
    assert issubclass(errors.AuthenticationException, UserErrorException)
    assert not issubclass(errors.ModelNotFoundException, WebserviceException)
    for name in ("WebserviceException", "ComputeTargetException", "UserErrorException", "ModelNotFoundException"):
        assert issubclass(getattr(errors, name), errors.AzureMLException)


def test_what_is_not_there_is_told_by_the_class_that_v1_has(ws: Workspace) -> None:
    for call, gist in (
        (lambda: Model(ws, "gone"), "ModelNotFound: Model with name gone"),
        (lambda: Webservice(ws, "gone"), "WebserviceNotFound: Webservice with name gone not found"),
    ):
        with pytest.raises(WebserviceException, match=gist):
            call()
    gist = "ComputeTargetNotFound: Compute Target with name gone not found in provided workspace"
    with pytest.raises(errors.ComputeTargetException, match=gist):
        ComputeTarget(ws, "gone")
    with pytest.raises(errors.ModelNotFoundException):
        Model.get_model_path("gone")
    with pytest.raises(UserErrorException):
        ComputeTarget.create(ws, "local", AmlCompute.provisioning_configuration("STANDARD_D2_V2"))
