"""Deployments without a script of the user's: one scikit-learn or ONNX model, its framework and version are enough."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from aml_nb.errors import NotAvailableError, UserErrorException, WebserviceException
from aml_nb.scoring.no_code import SAMPLES, SCRIPTS, framework_of, model_file, script_path

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.inference import InferenceConfig
    from aml_nb.core.webservice.services import Payload

_FRAMEWORKS = ("Onnx", "ScikitLearn", "TensorFlow", "Multi")
_SAMPLE_LIMIT = 64 * 1024
"""Variables that are much longer do not reach a process everywhere."""

_SIZES = {"cpu_cores": "cpu", "memory_gb": "memory_in_gb", "gpu_cores": "gpu"}


def configuration(models: list[Any]) -> InferenceConfig:
    """The script and environment for ``models``, which must be one model of a framework that is served.

    Raises
    ------
    UserErrorException : a script is needed.
    NotAvailableError : v1 would need none, here one is needed.
    WebserviceException : it cannot be told which of the model's files is the model.
    """
    from aml_nb.core.inference import InferenceConfig

    model = models[0] if len(models) == 1 else None
    framework = getattr(model, "model_framework", None)
    if model is None or framework not in SCRIPTS:
        raise _refusal(framework)
    model_file(framework, [path for path, _ in model._files()], f"the model {model.id}")
    return InferenceConfig(entry_script=script_path(framework), environment=_environment(model))


def _refusal(framework: str | None) -> Exception:
    if framework in _FRAMEWORKS:
        return NotAvailableError(
            f"No-code deployment of a {framework} model is not there yet; it is for {' and '.join(SCRIPTS)}.",
            hint="Model.deploy(..., inference_config=InferenceConfig(entry_script='score.py'))",
        )
    return UserErrorException(
        "Error, an inference_config is needed: only one model of the framework "
        f"{', '.join(_FRAMEWORKS)} deploys without one.",
        hint="InferenceConfig(entry_script='score.py', environment=environment)",
    )


def _environment(model: Any) -> Environment:
    """What the model needs: its framework in the version that it was registered with.

    The version of an ONNX model is that of the format, which newer runtimes read too.
    """
    from aml_nb.core.environment import Environment
    from aml_nb.core.environment.conda_dependencies import CondaDependencies

    made = Environment(f"no-code-{model.model_framework.lower()}")
    packages = ["onnxruntime", "numpy"]
    if model.model_framework == "ScikitLearn":
        packages = [_scikit_learn(model), "joblib", "numpy", *_pandas()]
    wanted = {"dependencies": [{"pip": ["azureml-defaults", *packages]}]}
    made.python.conda_dependencies = CondaDependencies(_underlying_structure=wanted)
    made.environment_variables = _variables(model)
    return made


def _scikit_learn(model: Any) -> str:
    """``1.4`` means any of 1.4's releases, ``1.4.2`` that one."""
    from packaging.version import InvalidVersion, Version

    text = model.model_framework_version
    if text is None:
        return "scikit-learn"
    try:
        exact = len(Version(text).release) > 2
    except InvalidVersion:
        raise WebserviceException(
            f"Error, the model {model.id} has the model_framework_version {text!r}, which is no version of "
            "scikit-learn.",
            hint="Model.register(..., model_framework_version=sklearn.__version__)",
        ) from None
    return f"scikit-learn=={text}" if exact else f"scikit-learn=={text}.*"


def _pandas() -> list[str]:
    """pandas, where training most likely had it: a model that was fitted on a data frame wants one again."""
    from aml_nb.core.resolve.installed import installed_version

    return ["pandas"] if installed_version("pandas") is not None else []


def _variables(model: Any) -> dict[str, str]:
    """The samples that the model was registered with, as the service's script reads them."""
    samples = {key: rows for key, rows in model._samples.items() if rows is not None}
    text = json.dumps(samples)
    return {SAMPLES: text} if samples and len(text) <= _SAMPLE_LIMIT else {}


def notes(model: Any) -> tuple[str, ...]:
    """What could not be used of a model's samples, a sentence each."""
    told = []
    for which, identity in model._sample_ids.items():
        if identity is not None and model._samples.get(which) is None:
            told.append(
                f"The sample {which} dataset {identity} is noted, but not read: the service's description shows what "
                "the model itself tells. A data frame or an array as "
                f"sample_{which}_dataset is shown."
            )
    return tuple(told)


def sized(config: Any, models: Any, inference_config: Any) -> Any:
    """A deployment configuration with what the model's ``resource_configuration`` asks for where it says nothing."""
    wanted = None
    if inference_config is None and isinstance(models, (list, tuple)) and len(models) == 1:
        wanted = getattr(models[0], "resource_configuration", None)
    if wanted is None:
        return config
    config = copy.copy(config)
    for field, of_model in _SIZES.items():
        if hasattr(config, field) and getattr(config, field) is None:
            setattr(config, field, getattr(wanted, of_model))
    return config


def serves(record: Payload) -> bool:
    """Whether a service runs without a script of the user's."""
    return framework_of(record["spec"]["entry_script"]) is not None
