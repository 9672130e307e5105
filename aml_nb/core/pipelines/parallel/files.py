"""A configuration of a parallel step as a file in YAML."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel.settings import shown
from aml_nb.errors import ArgumentError

if TYPE_CHECKING:
    from aml_nb.core.pipelines.parallel.config import _ParallelRunConfigBase

_SAVED = (
    "entry_script",
    "source_directory",
    "description",
    "mini_batch_size",
    "partition_keys",
    "error_threshold",
    "output_action",
    "append_row_file_name",
    "logging_level",
    "node_count",
    "process_count_per_node",
    "run_invocation_timeout",
    "run_max_try",
)
_READ = (*_SAVED, "allowed_failed_count", "allowed_failed_percent", "environment_variables")
_NEEDED = ("entry_script", "error_threshold", "output_action", "compute_target", "node_count", "environment")


def save(config: _ParallelRunConfigBase, path: str) -> None:
    """Write the configuration; of a PipelineParameter its default is written, for a file has no parameters."""
    from ruamel.yaml import YAML

    told = {name: shown(getattr(config, name)) for name in _SAVED}
    target = config.compute_target
    content = {
        **{name: value for name, value in told.items() if value is not None},
        "compute_target": target if isinstance(target, str) else target.name,
        "environment": config.environment._to_json(),
    }
    if config.environment_variables:
        content["environment_variables"] = {k: shown(v) for k, v in config.environment_variables.items()}
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    buffer = io.StringIO()
    yaml.dump(content, buffer)
    staged = Path(f"{path}.{os.getpid()}")
    staged.write_text(buffer.getvalue(), encoding="utf-8")
    os.replace(staged, path)


def load(workspace: Any, path: str) -> _ParallelRunConfigBase:
    """Read what `save` wrote, or what was written by hand."""
    from aml_nb.core.pipelines.parallel.config import _ParallelRunConfigBase

    told = _parse(path)
    missing = [name for name in _NEEDED if told.get(name) is None]
    if missing:
        raise ArgumentError(f"{path} does not say {', '.join(missing)}.", hint=f"add a line '{missing[0]}: …' to it")
    unknown = sorted(set(told) - {*_READ, *_NEEDED})
    if unknown:
        raise ArgumentError(
            f"{path} has settings that a parallel step does not know: {', '.join(map(str, unknown))}.",
            hint=f"it knows {', '.join(sorted({*_READ, *_NEEDED}))}",
        )
    try:
        return _ParallelRunConfigBase(
            environment=_environment(workspace, told["environment"], path),
            compute_target=_target(workspace, told["compute_target"]),
            **{name: told[name] for name in _READ if told.get(name) is not None},
        )
    except ArgumentError as error:
        raise ArgumentError(f"{path}: {error.message}", hint=error.hint) from error


def _parse(path: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told = YAML(typ="safe", pure=True).load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"The configuration {path} cannot be read: {error}.", hint="check the path") from error
    except YAMLError as error:
        raise ArgumentError(f"{path} is no YAML: {error}", hint="config.save_to_yaml(path) writes one") from error
    if not isinstance(told, dict):
        raise ArgumentError(f"{path} has no settings in it.", hint="config.save_to_yaml(path) writes some")
    return told


def _target(workspace: Any, name: Any) -> Any:
    """The cluster of that name; the name itself where there is none yet."""
    return workspace.compute_targets.get(name, name) if workspace is not None else name


def _environment(workspace: Any, told: Any, path: str) -> Any:
    """The environment that is written out, registered under a name, or kept in a folder beside the file."""
    from aml_nb.core.environment import Environment

    if isinstance(told, str):
        folder = Path(path).parent / told
        return Environment.load_from_directory(str(folder)) if folder.is_dir() else Environment.get(workspace, told)
    if not isinstance(told, dict) or not told.get("name"):
        raise ArgumentError("environment is a name, or a definition with a name.", hint="environment: my-environment")
    if set(told) <= {"name", "version"}:
        version = told.get("version")
        return Environment.get(workspace, told["name"], None if version is None else str(version))
    return Environment._from_json(told)
