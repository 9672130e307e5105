"""Modules that are missing: packages, the user's own files, names in them, libraries of the system."""

from __future__ import annotations

import os
import re
from pathlib import Path

from aml_nb.core.diagnosis.facts import Facts, clean
from aml_nb.core.diagnosis.finding import Finding, again, again_with_environment, mend
from aml_nb.core.diagnosis.places import script_path
from aml_nb.core.diagnosis.tracebacks import Raised
from aml_nb.core.inference.entry_check import near_module
from aml_nb.scoring.package_names import package_of

_MISSING = re.compile(r"No module named '?([\w.]+)'?")
_NAME = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)' ?(.*)")
_LIBRARY = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")
_LIBRARIES = {
    "libGL": "use the package opencv-python-headless in place of opencv-python, which needs a screen's library",
    "libgthread": "use the package opencv-python-headless in place of opencv-python",
    "libgomp": "install the system's libgomp1 (environment.docker.base_dockerfile, or apt on this machine)",
    "libcud": "use the package's build for CPUs: there is no CUDA here",
    "libnv": "use the package's build for CPUs: there is no CUDA here",
}


def missing_in(raised: Raised | None) -> str | None:
    """The module that was not found, by its full name."""
    for link in raised.chain() if raised is not None else ():
        match = _MISSING.search(link.message) if link.kind in ("ModuleNotFoundError", "ImportError") else None
        if match is not None:
            return match[1]
    return None


def own_file(facts: Facts) -> Finding | None:
    """A module that is a file of the user's, and did not come along."""
    module = missing_in(facts.raised)
    found = None if module is None else _own(module.partition(".")[0], facts)
    if module is None or found is None:
        return None
    top, folder = module.partition(".")[0], facts.spec.source_directory
    if folder is None:
        home = os.path.relpath(os.path.dirname(script_path(facts.spec)))
        step = f"InferenceConfig(source_directory={home!r}, entry_script={os.path.basename(facts.spec.entry_script)!r})"
        why = f"{found} is a file of yours; without a source_directory the entry script goes into the service alone."
    elif Path(found).resolve().is_relative_to(Path(folder).resolve()):
        package = os.path.relpath(os.path.dirname(os.path.abspath(found)), folder).replace(os.sep, ".")
        step = mend(facts, f"import it as the source_directory has it: from {package} import {top}")
        why = f"{found} is in the source_directory, yet not at its top, where Python looks."
    else:
        step = f"move {found} into the source_directory {folder}"
        why = f"{found} is a file of yours outside of the source_directory {folder}, which alone goes into the service."
    return Finding("local-module", why, (step, _update(facts)), facts.evidence("No module named"))


def _update(facts: Facts) -> str:
    return f"service.update(inference_config=inference_config){'' if not facts.local else ', then service.reload()'}"


def _own(top: str, facts: Facts) -> str | None:
    """Where the user has a module of that name: beside the script, around it, or in the current folder."""
    script = os.path.abspath(script_path(facts.spec))
    places = [os.path.dirname(script), os.getcwd(), os.path.dirname(os.path.dirname(script))]
    if facts.spec.source_directory is not None:
        root = os.path.abspath(facts.spec.source_directory)
        places += [root, os.path.dirname(root), *_folders(root)]
    for place in dict.fromkeys(places):
        for path in (os.path.join(place, f"{top}.py"), os.path.join(place, top)):
            if os.path.isfile(path) or (os.path.isdir(path) and any(n.endswith(".py") for n in os.listdir(path))):
                return os.path.relpath(path)
    return None


def _folders(root: str) -> list[str]:
    """The folders of a folder, not all the way down."""
    try:
        return [entry.path for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")][:50]
    except OSError:
        return []


def package(facts: Facts) -> Finding | None:
    """A module of a package that is not installed where the service runs."""
    module = missing_in(facts.raised)
    if module is None:
        return None
    module = _asked(module, facts.line)
    name = package_of(module)
    other = "" if name == module.partition(".")[0] else f" The package that holds {module} is called {name}."
    unpickled = facts.raised is not None and facts.raised.passed("pickle", "joblib", "torch/serialization")
    needs = "The model's file needs it: it was saved with it." if unpickled else ""
    if facts.environment is None:
        step = f"pip install {name} where the notebook runs, or give the service an environment that has it"
        why = "The service runs in this Python, which does not have it."
    else:
        asked = ", ".join(facts.environment) or "nothing"
        step = f"environment.python.conda_dependencies.add_pip_package({name!r})"
        why = f"The environment asks for {asked}."
    near = None if needs or other else near_module(module)
    meant = "" if near is None else f" Did you mean {near}?"
    said = f"Python found no module named {module}.{meant} {why}{other} {needs}".rstrip()
    again_ = again(facts) if facts.environment is None else again_with_environment(facts)
    steps = (
        (step, again_)
        if near is None
        else (mend(facts, f"import {near}"), again(facts), f"or, if it is no typo, {step}")
    )
    return Finding("missing-module", said, steps, facts.evidence("No module named"))


def _asked(module: str, line: str) -> str:
    """The whole name that the line imports, of which Python says only the part that it did not find."""
    match = re.search(rf"\b(?:from|import)\s+({re.escape(module)}(?:\.\w+)*)", line)
    return module if match is None else match[1]


def name(facts: Facts) -> Finding | None:
    """A module is there and does not have the name that is imported from it."""
    raised = facts.raised
    match = _NAME.search(raised.message) if raised is not None and raised.kind == "ImportError" else None
    if match is None or raised is None:
        return None
    wanted, module, place = match.groups()
    circle = "partially initialized" in raised.message
    if circle:
        why = f"{module} is still being imported when {wanted} is asked of it: two files import each other."
        step = mend(facts, "import inside the function that needs it")
    elif re.search(r"(site|dist)-packages|lib/python3", place):
        why = f"The installed {module} has no {wanted}: another version of it does, or another name is meant."
        step = f"ask for the version that has it: add_pip_package('{package_of(module)}==VERSION')"
    else:
        why, step = f"{module} has no {wanted}.", mend(facts, "correct the name")
    return Finding("import-name", f"{why} {clean(raised.told)}".strip(), (step, again(facts)), facts.evidence(wanted))


def library(facts: Facts) -> Finding | None:
    """A package is there and a library of the system that it needs is not."""
    match = _LIBRARY.search(facts.raised.message) if facts.raised is not None else None
    if match is None:
        return None
    advice = next((text for start, text in _LIBRARIES.items() if match[1].startswith(start)), None)
    return Finding(
        "system-library",
        f"A package that the script imports needs {match[1]}, which this system does not have.",
        (advice or f"install the system's package with {match[1]}", again(facts)),
        facts.evidence(match[1]),
    )
