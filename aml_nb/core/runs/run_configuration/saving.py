"""Run configurations as files: v1's ``.runconfig``, in YAML or JSON."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.errors import RunConfigurationException, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run_configuration.configuration import RunConfiguration

_SUFFIX = ".runconfig"
_FOLDERS = (".azureml", "aml_config", "")
_CONDA_FILE = "conda_dependencies.yml"


def save(config: RunConfiguration, path: str | None, name: str | None, separate: bool) -> None:
    """As ``RunConfiguration.save`` says."""
    target = _target(path, name)
    payload = config._to_json()
    target.parent.mkdir(parents=True, exist_ok=True)
    packages = config.environment.python.conda_dependencies
    if separate and packages is not None:
        beside = target.with_name(f"{target.stem}_{_CONDA_FILE}")
        beside.write_text(packages.serialize_to_string(), encoding="utf-8")
        payload["environment"]["python"].update(condaDependencies=None, condaDependenciesFile=beside.name)
    text = json.dumps(payload, indent=4) if target.suffix == ".json" else _dump(payload)
    staged = target.with_name(f".{target.name}.{os.getpid()}")
    staged.write_text(text, encoding="utf-8")
    os.replace(staged, target)


def load(path: str, name: str | None) -> RunConfiguration:
    """As ``RunConfiguration.load`` says."""
    from aml_nb.core.runs.run_configuration.configuration import RunConfiguration

    file = _find(path, name)
    if file is None:
        raise RunConfigurationException(
            f"There is no run configuration {name or path} in {os.path.abspath(path)}.",
            hint="run_config.save(path='.', name='local') writes one",
        )
    payload = _parse(file)
    payload.setdefault("script", None)
    config = RunConfiguration(_path=str(path), _name=name)
    try:
        _take_conda_file(payload, file)
        config._fill(payload)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _broken(file, str(error)) from error
    return config


def delete(path: str, name: str) -> None:
    """As ``RunConfiguration.delete`` says."""
    file = _find(path, name)
    if file is None:
        raise UserErrorException(
            f"There is no run configuration {name} in {os.path.abspath(path)}.", hint="look into the folder .azureml"
        )
    file.unlink()


def _target(path: str | None, name: str | None) -> Path:
    if path is None and name is None:
        raise UserErrorException(
            "Nothing says where to save the run configuration.", hint="run_config.save(path='.', name='local')"
        )
    place = Path(path or ".")
    if name is None:
        return place if not place.is_dir() else place / ".azureml" / f"local{_SUFFIX}"
    old = place / "aml_config"
    folder = old if old.is_dir() and not (place / ".azureml").is_dir() else place / ".azureml"
    return folder / _named(name)


def _find(path: str, name: str | None) -> Path | None:
    place = Path(path)
    if name is None and place.is_file():
        return place
    for folder in _FOLDERS:
        found = place / folder / _named(name or "local")
        if found.is_file():
            return found
    return None


def _named(name: str) -> str:
    return name if name.endswith((_SUFFIX, ".json", ".yml", ".yaml")) else f"{name}{_SUFFIX}"


def _parse(file: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        payload = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (YAMLError, ValueError) as error:
        raise _broken(file, str(error)) from error
    if not isinstance(payload, dict):
        raise _broken(file, "it holds no mapping")
    return payload


def _dump(payload: dict[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    text = io.StringIO()
    yaml.dump(payload, text)
    return text.getvalue()


def _take_conda_file(payload: dict[str, Any], file: Path) -> None:
    """Read the conda specification that stands in a file beside it."""
    python = (payload.get("environment") or {}).get("python") or {}
    named = python.get("condaDependenciesFile")
    if not named or python.get("condaDependencies"):
        return
    for folder in (file.parent, file.parent.parent):
        if (folder / named).is_file():
            python["condaDependencies"] = _parse(folder / named)
            return


def _broken(file: Path, why: str) -> RunConfigurationException:
    return RunConfigurationException(f"{file} is no run configuration: {why}.", hint=f"mend {file} by hand")
