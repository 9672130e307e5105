"""Curated environments: names that begin with ``AzureML-``, as v1's notebooks ask for them.

The cloud's definitions pin images and versions that are past their end. Here a name gives its family's packages
without pins, so that what the running interpreter has will do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment

PREFIX = "AzureML-"

FAMILIES: dict[str, tuple[str, ...]] = {
    "minimal": (),
    "chainer": ("chainer",),
    "dask": ("dask", "distributed"),
    "lightgbm": ("lightgbm", "scikit-learn", "pandas"),
    "onnx": ("onnxruntime", "numpy"),
    "pyspark": ("pyspark",),
    "pytorch": ("torch", "torchvision"),
    "scikit-learn": ("scikit-learn", "pandas", "numpy", "joblib"),
    "sklearn": ("scikit-learn", "pandas", "numpy", "joblib"),
    "tensorflow": ("tensorflow",),
    "tutorial": ("scikit-learn", "pandas", "numpy", "joblib"),
    "vowpalwabbit": ("vowpalwabbit",),
    "xgboost": ("xgboost", "scikit-learn", "pandas"),
}
_ALSO = {
    "acpt": "pytorch",
    "ai-studio": "tutorial",
    "automl": "tutorial",
    "deepspeed": "pytorch",
    "designer": "tutorial",
    "hyperdrive": "tutorial",
    "inference": "minimal",
    "mlflow": "minimal",
    "onnxruntime": "onnx",
    "openmpi": "minimal",
    "responsibleai": "tutorial",
    "sidecar": "minimal",
    "tf": "tensorflow",
    "triton": "minimal",
}

LISTED = (
    "AzureML-Minimal",
    "AzureML-Tutorial",
    "AzureML-Scikit-learn-0.20.3",
    "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu",
    "AzureML-lightgbm-3.3",
    "AzureML-xgboost-0.9-ubuntu18.04-py37-cpu-inference",
    "AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu",
    "AzureML-tensorflow-2.7-ubuntu20.04-py38-cuda11-gpu",
)
"""The names that ``Environment.list`` shows; others of a known family are served as well."""


def environment(name: str, version: str | None = None) -> Environment | None:
    """The curated environment of that name; None where its family is not known. Versions are all alike."""
    family = _family(name)
    if family is None:
        return None
    from aml_nb.core.environment import Environment
    from aml_nb.core.environment.conda_dependencies import CondaDependencies

    made = Environment(name, _skip_defaults=True)
    made.version = "1" if version is None else str(version)
    made.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults", *FAMILIES[family]])
    return made


def every() -> dict[str, Environment]:
    """The listed curated environments by name."""
    found = {name: environment(name) for name in LISTED}
    return {name: made for name, made in found.items() if made is not None}


def _family(name: str) -> str | None:
    if not name.lower().startswith(PREFIX.lower()):
        return None
    rest = name[len(PREFIX) :].lower()
    for word in sorted([*FAMILIES, *_ALSO], key=len, reverse=True):
        if re.match(rf"{re.escape(word)}(?![a-z])", rest):
            return _ALSO.get(word, word)
    return None
