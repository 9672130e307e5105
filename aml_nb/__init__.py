"""Azure Machine Learning's SDK v1 workflow on a laptop.

Public names load when they are first used (PEP 562), so that ``import aml_nb`` and ``%load_ext aml_nb``
cost next to nothing.
"""

from __future__ import annotations

# Not typing's own constant: `import aml_nb` runs at the start of every interpreter of an enabled environment.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell

__version__ = "0.1.0"

_HOME = {
    "AciWebservice": "aml_nb.core.webservice",
    "AksCompute": "aml_nb.core.compute",
    "AksWebservice": "aml_nb.core.webservice",
    "ComputeTarget": "aml_nb.core.compute",
    "CondaDependencies": "aml_nb.core.environment.conda_dependencies",
    "Environment": "aml_nb.core.environment",
    "Experiment": "aml_nb.core.runs.experiment",
    "InferenceConfig": "aml_nb.core.inference",
    "LocalWebservice": "aml_nb.core.webservice",
    "Model": "aml_nb.core.model",
    "ResourceConfiguration": "aml_nb.core.inference",
    "Run": "aml_nb.core.runs.run",
    "Webservice": "aml_nb.core.webservice",
    "Workspace": "aml_nb.core.workspace",
    "merge_requests": "aml_nb.scoring.batching",
}

__all__ = [*sorted(_HOME), "__version__", "load_ipython_extension", "unload_ipython_extension"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext aml_nb``: register the magics and let ``import azureml`` reach aml_nb in this kernel."""
    from aml_nb import alias, magics

    alias.enable_here()
    magics.register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext aml_nb``: take the magics away again."""
    from aml_nb import magics

    magics.unregister(shell)
