"""What environments are made from, and the folder one is written to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.environment.conda_yaml import parse
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.workspace import Workspace

DEFINITION, CONDA, DOCKERFILE = "azureml_environment.json", "conda_dependencies.yml", "BaseDockerfile"


def requirement_lines(path: str, _seen: frozenset[str] = frozenset()) -> list[str]:
    """The requirements and options of a requirements file; ``-r`` lines are followed."""
    real = os.path.realpath(path)
    if real in _seen:
        return []
    lines: list[str] = []
    for line in _text(path).replace("\\\n", " ").splitlines():
        text = " ".join(line.split(" #")[0].split())
        if not text or text.startswith("#"):
            continue
        word, _, other = text.partition(" ")
        if word in ("-r", "--requirement"):
            nested = os.path.join(os.path.dirname(path), other.strip())
            lines += requirement_lines(nested, _seen | {real})
        else:
            lines.append(text)
    return lines


def from_requirements(path: str, pip_version: str | None = None) -> CondaDependencies:
    """A specification whose pip section is a requirements file."""
    packages = CondaDependencies()
    if pip_version is not None:
        packages.add_conda_package(f"pip={pip_version}")
    packages.set_pip_requirements(requirement_lines(path))
    packages._file = os.path.abspath(path)
    return packages


def from_conda(name: str) -> CondaDependencies:
    """What ``conda env export`` tells of a conda environment on this machine."""
    conda = shutil.which("conda") or os.environ.get("CONDA_EXE")
    if not conda:
        raise UserErrorException(
            "There is no conda on this machine's PATH, so no conda environment can be read.",
            hint="Environment.from_conda_specification(name, 'environment.yml')",
        )
    done = subprocess.run(
        [conda, "env", "export", "--no-builds", "--name", name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UserErrorException(
            f"conda cannot export the environment {name!r}: {done.stderr.strip() or done.stdout.strip()}",
            hint="conda env list",
        )
    structure = parse(done.stdout, f"conda env export --name {name}")
    structure.pop("prefix", None)
    return CondaDependencies(_underlying_structure=structure)


def with_packages(made: Environment, conda: str | None, pip: str | None) -> Environment:
    """Put the packages of one file into ``made``; without a file its interpreter is the user's own affair."""
    if conda and pip:
        raise UserErrorException(
            "conda_specification and pip_requirements exclude each other.",
            hint="list the pip packages under 'pip:' in the conda specification",
        )
    if conda:
        made.python.conda_dependencies = CondaDependencies(conda_dependencies_file_path=conda)
    elif pip:
        made.python.conda_dependencies = from_requirements(pip)
    else:
        made.python.user_managed_dependencies = True
    return made


def keep_wheel(workspace: Workspace, path: str, exist_ok: bool) -> str:
    """Copy a wheel into the workspace's folder, all or nothing."""
    from aml_nb.core.store.errors import readable_files

    source = Path(path)
    if source.suffix != ".whl" or not source.is_file():
        raise UserErrorException(f"{path!r} is no wheel file.", hint="python -m pip wheel . makes one")
    folder = workspace._folder / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / source.name
    if target.exists() and not exist_ok:
        raise UserErrorException(
            f"The workspace has a wheel named {source.name} already.",
            hint="add_private_pip_wheel(..., exist_ok=True) takes the one that is there",
        )
    if not target.exists():
        with readable_files(folder), tempfile.TemporaryDirectory(dir=folder) as stage:
            os.replace(shutil.copyfile(source, os.path.join(stage, source.name)), target)
    return target.as_uri()


def save(environment: Environment, path: str, overwrite: bool) -> None:
    """Write the definition; the packages and the Dockerfile go to files of their own."""
    folder = Path(path)
    if folder.exists() and not overwrite:
        raise UserErrorException(f"The folder {path!r} exists already.", hint="save_to_directory(path, overwrite=True)")
    payload = environment._to_json()
    files: dict[str, str | None] = {CONDA: None, DOCKERFILE: payload["docker"].pop("baseDockerfile")}
    payload["python"].pop("condaDependencies")
    if environment.python.conda_dependencies is not None:
        files[CONDA] = environment.python.conda_dependencies.serialize_to_string()
    files[DEFINITION] = json.dumps(payload, indent=4, sort_keys=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if text is None:
            (folder / name).unlink(missing_ok=True)
        else:
            (folder / name).write_text(text, encoding="utf-8")


def load(path: str) -> Environment:
    """Read what `save` wrote."""
    from aml_nb.core.environment import Environment

    folder = Path(path)
    payload = _definition(folder)
    if (folder / DOCKERFILE).is_file():
        payload.setdefault("docker", {})["baseDockerfile"] = _text(str(folder / DOCKERFILE))
    made = Environment._from_json(payload)
    if (folder / CONDA).is_file():
        made.python.conda_dependencies = CondaDependencies(str(folder / CONDA))
    return made


def _definition(folder: Path) -> dict[str, Any]:
    path = folder / DEFINITION
    try:
        payload = json.loads(_text(str(path)))
    except json.JSONDecodeError as error:
        raise UserErrorException(
            f"{path} is not valid JSON: {error}.", hint="environment.save_to_directory(path)"
        ) from None
    if not isinstance(payload, dict) or not payload.get("name"):
        raise UserErrorException(
            f"{path} holds no environment definition: it has no name.", hint="environment.save_to_directory(path)"
        )
    return payload


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserErrorException(
            f"{path!r} cannot be read: {getattr(error, 'strerror', None) or error}.",
            hint=f"it was looked for at {os.path.abspath(path)}",
            inner_exception=error,
        ) from None
