"""The files that an iteration leaves besides its model: how it is served, and what it needs for that."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

MODEL, SCORING = "outputs/model.pkl", "outputs/scoring_file_v_1_0_0.py"
CONDA, DEPENDENCIES = "outputs/conda_env_v_1_0_0.yml", "outputs/env_dependencies.json"
NEWER_SCORING = "outputs/scoring_file_v_2_0_0.py"
PACKAGES = ("scikit-learn", "pandas", "numpy", "joblib")
OPTIONAL = {"LightGBM": "lightgbm", "XGBoostClassifier": "xgboost", "XGBoostRegressor": "xgboost"}
_ROWS = 2

_FILE = """# Serves a pipeline that AutoML of aml_nb has trained: rows in, predictions out.
import json
import os

import joblib
import numpy as np
import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
{imports}
from inference_schema.schema_decorators import input_schema, output_schema

input_sample = pd.DataFrame({sample})
output_sample = {output}


def init():
    global model
    # The folder holds the file, or the folder in which it was registered.
    folder = os.environ["AZUREML_MODEL_DIR"]
    path = os.path.join(folder, "model.pkl")
    model = joblib.load(path if os.path.exists(path) else os.path.join(folder, "outputs", "model.pkl"))

{decorators}
def run({arguments}):
    try:
{body}
    except Exception as error:
        return json.dumps({{"error": getattr(error, "message", str(error))}})
"""


def scoring_file(sample: Any, newer: bool, by_class: bool) -> str:
    """The entry script: ``{"data": rows}`` in, ``{"result": predictions}`` out.

    Parameters
    ----------
    sample : rows as they were given, for the schema.
    newer : v1's second form, which takes ``method`` besides: ``predict`` or ``predict_proba``.
    by_class : whether there are probabilities.
    """
    told = _sample(sample)
    if not newer:
        return _FILE.format(
            imports="from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType",
            sample=told,
            output="np.array([0])",
            decorators='\n@input_schema("data", PandasParameterType(input_sample))\n'
            "@output_schema(NumpyParameterType(output_sample))",
            arguments="data",
            body='        return json.dumps({"result": model.predict(data).tolist()})',
        )
    methods = 'model.predict_proba if method == "predict_proba" else model.predict' if by_class else "model.predict"
    return _FILE.format(
        imports="from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType",
        sample=told,
        output='{"Results": [0]}',
        decorators='\n@input_schema("method", StandardPythonParameterType("predict"), convert_to_provided_type=False)\n'
        '@input_schema("data", PandasParameterType(input_sample))\n'
        "@output_schema(StandardPythonParameterType(output_sample))",
        arguments='data, method="predict"',
        body=f'        ask = {methods}\n        return {{"Results": ask(data).tolist()}}',
    )


def _sample(frame: Any) -> str:
    """Code that makes the first rows again; the columns' types are those of the training data."""
    columns = []
    for name in frame.columns:
        series = frame[name].dropna().head(_ROWS)
        kind = _kind(series)
        values = [] if kind == "object" and series.empty else [_literal(value, kind) for value in series]
        filler = '""' if kind == "object" else "False" if kind == "bool" else "0"
        values = (values + [values[-1] if values else filler] * _ROWS)[:_ROWS]
        columns.append(f"    {_name(name)!r}: pd.Series([{', '.join(values)}], dtype={kind!r}),")
    return "{\n" + "\n".join(columns) + "\n}"


def _name(name: Any) -> Any:
    return name.item() if hasattr(name, "item") else name


def _kind(series: Any) -> str:
    import pandas as pd

    if pd.api.types.is_bool_dtype(series.dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(series.dtype):
        return "int64"
    if pd.api.types.is_float_dtype(series.dtype):
        return "float64"
    return "datetime64[ns]" if pd.api.types.is_datetime64_any_dtype(series.dtype) else "object"


def _literal(value: Any, kind: str) -> str:
    if kind in ("bool", "int64", "float64"):
        return repr({"bool": bool, "int64": int, "float64": float}[kind](value))
    return repr(str(value))


def dependencies(algorithm: str | None) -> dict[str, str]:
    """The packages that the model needs, with their versions."""
    wanted = [*PACKAGES, *([OPTIONAL[algorithm]] if algorithm in OPTIONAL else [])]
    if algorithm is None:  # an ensemble may have any of them
        wanted += sorted(set(OPTIONAL.values()))
    found = {}
    for name in wanted:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def conda_dependencies(packages: dict[str, str]) -> Any:
    """What the model needs, as CondaDependencies."""
    from aml_nb.core.environment import CondaDependencies

    made = CondaDependencies.create(
        python_version=f"{sys.version_info.major}.{sys.version_info.minor}",
        pip_packages=["azureml-defaults", "inference-schema", *(f"{n}=={v}" for n, v in packages.items())],
        pin_sdk_version=False,
    )
    return made


def write(folder: Path, sample: Any, algorithm: str | None, by_class: bool, told: dict[str, Any]) -> Any:
    """Write the files into ``folder``; what is returned is the environment.

    Parameters
    ----------
    told : more files by their names below ``outputs``, as JSON.
    """
    from aml_nb.core.environment import Environment

    packages = dependencies(algorithm)
    outputs = folder / "outputs"
    outputs.mkdir(parents=True, exist_ok=True)
    (folder / SCORING).write_text(scoring_file(sample, False, by_class), encoding="utf-8")
    (folder / NEWER_SCORING).write_text(scoring_file(sample, True, by_class), encoding="utf-8")
    (folder / DEPENDENCIES).write_text(json.dumps(packages, indent=1), encoding="utf-8")
    for name, value in told.items():
        (outputs / name).write_text(json.dumps(value, indent=1, default=str), encoding="utf-8")
    conda_dependencies(packages).save_to_file(str(folder), CONDA)
    environment = Environment("AzureML-AutoML")
    environment.python.conda_dependencies = conda_dependencies(packages)
    return environment
