"""Services without an entry script of the user's: these scripts score scikit-learn and ONNX models.

A deployment takes one of ``SCRIPTS`` as its entry script. It is an entry script like any other, so that a copy of it
is a start for one's own.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from aml_nb.errors import WebserviceException
from aml_nb.scoring.batching import merging_of

SCRIPTS = {"ScikitLearn": "score_scikit_learn.py", "Onnx": "score_onnx.py"}
"""The entry script of each of v1's frameworks that is served."""

SUFFIXES = {"ScikitLearn": (".pkl", ".pickle", ".joblib", ".sav"), "Onnx": (".onnx",)}
COMPRESSED = (".gz", ".bz2", ".xz", ".lzma", ".z")
"""What joblib adds to the name of a file that it compresses."""

SAMPLES = "AML_NB_NO_CODE_SAMPLES"
"""The variable that holds what the model was registered with: JSON with ``input`` and ``output``."""


def script_path(framework: str) -> str:
    """Where the entry script for a framework is."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), SCRIPTS[framework])


def framework_of(entry_script: str) -> str | None:
    """The framework that an entry script of this package serves; None for a user's own."""
    folder, name = os.path.split(entry_script)
    ours = os.path.join("aml_nb", "scoring", "no_code")
    found = {script: framework for framework, script in SCRIPTS.items()}
    return found.get(name) if folder.endswith(ours) else None


def model_file(framework: str, paths: Sequence[str], what: str) -> str:
    """Which of a model's files is the model itself; ``what`` names the model in errors.

    Raises
    ------
    WebserviceException : it cannot be told.
    """
    suffixes = SUFFIXES[framework]
    fitting = [path for path in paths if _plain_name(path).endswith(suffixes)]
    if len(fitting) == 1 or (not fitting and len(paths) == 1):
        return (fitting or list(paths))[0]
    wanted = ", ".join(suffixes)
    told = ", ".join(sorted(fitting or paths)[:10])
    if fitting:
        message = f"Error, {what} holds several files that may be the model: {told}."
        raise WebserviceException(message, hint="Model.register(ws, 'outputs/model.pkl', ...) with the one that is")
    message = f"Error, {what} holds no file that ends in {wanted}" + (f"; it holds {told}." if told else ".")
    raise WebserviceException(message, hint="register the file that your training wrote, under such a name")


def _plain_name(path: str) -> str:
    name = os.path.basename(path).lower()
    root, extension = os.path.splitext(name)
    return root if extension in COMPRESSED else name


def find_model(framework: str) -> str:
    """The path of the service's model, in the folder that ``AZUREML_MODEL_DIR`` names."""
    root = os.environ["AZUREML_MODEL_DIR"]
    paths = [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names]
    return os.path.join(root, model_file(framework, paths, "the model"))


def prepare(run: Any, model: Any) -> None:
    """Let ``run`` know what the model that was loaded takes and returns, and whether requests may go together."""
    run.schemas = model.schemas()
    merging = merging_of(run)
    if merging is not None and not model.mergeable:
        merging.max_requests = 1
