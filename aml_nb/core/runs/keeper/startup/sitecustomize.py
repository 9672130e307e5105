"""Lets ``import azureml`` reach aml_nb in a run's script, and in every Python program that the script starts.

Python imports the first ``sitecustomize`` on its path when it starts; this one then gives way to the next.
"""

import os
import sys

# A run that a run starts has this folder on its path twice, by links of two names.
_HERE = os.path.dirname(os.path.realpath(__file__))


class _First:
    """Brings aml_nb in with the first of v1's names (or of the packages that changed since), and not before."""

    names = {"azureml", "azureml_inference_server_http", "inference_schema", "numpy", "sklearn"}

    @classmethod
    def find_spec(cls, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name.partition(".")[0] not in cls.names:
            return None
        cls.names = set()
        try:
            from aml_nb import alias
        except Exception:
            return None
        return alias.start(name, path)


def _give_way() -> None:
    """Import the ``sitecustomize`` that would have been found without us."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    others = [path for path in sys.path if os.path.realpath(path or ".") != _HERE]
    found = PathFinder.find_spec("sitecustomize", others)
    if found is not None and found.loader is not None:
        module = module_from_spec(found)
        sys.modules["sitecustomize"] = module
        found.loader.exec_module(module)


_First.__name__ = "AmlNb"
if not any(getattr(finder, "__name__", "") == "AmlNb" for finder in sys.meta_path):
    sys.meta_path.insert(0, _First)
_give_way()
