"""Runs a notebook from top to bottom; started as a script, with the Python of the run's environment.

It needs nbclient there, and nothing of aml_nb. The notebook with its outputs is kept among the run's outputs as far as
it got, also where a cell fails.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import import_module
from typing import Any

VARIABLE = "_NOTEBOOK_TO_RUN"
"""What is to be done, as JSON: ``notebook``, ``output``, ``parameters``, ``timeout``, ``ports``, ``keep``."""
_DATA = "AZUREML_DATAREFERENCE_"
TAG = "parameters"


def main() -> int:
    """Run the notebook that the environment names; returns the exit code."""
    told = json.loads(os.environ[VARIABLE])
    try:
        nbclient, nbformat = import_module("nbclient"), import_module("nbformat")
    except ModuleNotFoundError as error:
        print(f"{error.name} is not in the run's environment, and runs the notebook.", file=sys.stderr)
        print("-> CondaDependencies.create(pip_packages=['nbclient', 'ipykernel'])", file=sys.stderr)
        return 1
    notebook = nbformat.read(told["notebook"], as_version=4)
    values = {**{name: path_of(name) for name in told.get("ports") or ()}, **told["parameters"]}
    put(notebook, {name: value for name, value in values.items() if value is not None}, nbformat.v4.new_code_cell)
    folder = os.path.dirname(os.path.abspath(told["notebook"]))
    client = nbclient.NotebookClient(
        notebook, timeout=told.get("timeout"), kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        print(str(error), file=sys.stderr)
        return 1
    finally:
        keep(notebook, told, nbformat)
        print(said(notebook), end="")
    return 0


def put(notebook: Any, values: dict[str, Any], new_cell: Any) -> None:
    """Set variables behind the cell that is tagged for it, or on top."""
    if not values:
        return
    text = "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in values.items())])
    tagged = [n for n, cell in enumerate(notebook.cells) if TAG in cell.metadata.get("tags", [])]
    notebook.cells.insert(tagged[0] + 1 if tagged else 0, new_cell(text, metadata={"tags": ["injected-parameters"]}))


def path_of(name: str) -> str | None:
    """Where an input or output of the step is; None for one that has no path."""
    return os.environ.get(_DATA + name) or os.environ.get(name)


def keep(notebook: Any, told: dict[str, Any], nbformat: Any) -> None:
    """Write the notebook as it is now among the run's outputs, and to the step's output, if it has one for it."""
    os.makedirs("outputs", exist_ok=True)
    target = os.path.join("outputs", told["output"])
    nbformat.write(notebook, target)
    place = path_of(told["keep"]) if told.get("keep") else None
    if place:
        os.makedirs(place, exist_ok=True)
        shutil.copyfile(target, os.path.join(place, told["output"]))


def said(notebook: Any) -> str:
    """What the cells printed."""
    outputs = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    return "".join(str(each.get("text", "")) for each in outputs if each.get("output_type") == "stream")


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # not the folder of this file, whose modules have common names
    sys.exit(main())
