"""What a service is to serve, of what the panel's forms say: models by id, scripts below JupyterLab's folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services as records
from aml_nb.labserver.call import Call
from aml_nb.labserver.faults import Refusal
from aml_nb.labserver.shapes import environments, models

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def models_of(workspace: Workspace, names: list[Any]) -> list[Any]:
    """The models of ids, or of names, which mean the newest versions.

    Raises
    ------
    NothingThereError : one of them is not there.
    """
    return [models.find(workspace, str(name)) for name in names]


def script_of(call: Call, service: Any = None) -> Any:
    """The InferenceConfig that was asked for; None where nothing of a script was said.

    Parameters
    ----------
    call : with ``entry_script``, ``source_directory`` and ``environment``.
    service : what was not said is as this one has it.
    """
    from aml_nb.core.environment import Environment
    from aml_nb.core.inference import InferenceConfig

    script, source = call.given("entry_script", str), call.given("source_directory", str)
    name = call.given("environment", str)
    environment = environments.find(call.workspace, name) if name else None
    if service is not None:
        spec = records.spec_of(service._record)
        if not script:
            script, source = spec.entry_script, source or spec.source_directory
        saved = service._record.get("environment")
        if environment is None and saved is not None:
            environment = Environment._from_json(saved)
    if not script:
        if source or environment:
            raise Refusal("An environment and a folder need an entry script.", hint='"entry_script": "score.py"')
        return None
    folder = None if not source else str(_below(call.site.root, source))
    path = _below(Path(folder) if folder else call.site.root, script)
    return InferenceConfig(
        entry_script=os.path.relpath(path, folder) if folder else str(path),
        source_directory=folder,
        environment=environment,
    )


def _below(root: Path, given: str) -> Path:
    """A path as JupyterLab shows it: from its own folder on; an absolute one as it is."""
    if "\0" in given:
        raise Refusal("A path has no NUL in it.")
    path = Path(given).expanduser()
    return path if path.is_absolute() else (root / path).absolute()
