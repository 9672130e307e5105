"""HTML cards for v1's objects in notebooks; their text stays v1's.

They are registered by name, so that neither display nor core is imported before such an object is shown.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell

_TYPES = (
    ("aml_nb.core.model.model", "Model", "ModelCard"),
    ("aml_nb.core.workspace.workspace", "Workspace", "WorkspaceCard"),
    ("aml_nb.core.environment.environment", "Environment", "EnvironmentCard"),
    ("aml_nb.core.webservice.local", "LocalWebservice", "ServiceCard"),
    ("aml_nb.core.webservice.aci", "AciWebservice", "ServiceCard"),
    ("aml_nb.core.webservice.aks", "AksWebservice", "ServiceCard"),
    ("aml_nb.core.diagnosis.diagnosis", "Diagnosis", "diagnosis.DiagnosisCard"),
    ("aml_nb.core.image.container", "ContainerImage", "packages.RegisteredImageCard"),
    ("aml_nb.core.image.package", "ModelPackage", "packages.PackageCard"),
    ("aml_nb.core.profile.model_profile", "ModelProfile", "profile.ProfileCard"),
    ("aml_nb.core.runs.run", "Run", "runs.RunCard"),
    ("aml_nb.core.runs.script_run", "ScriptRun", "runs.RunCard"),
    ("aml_nb.core.hyperdrive.run", "HyperDriveRun", "runs.RunCard"),
    ("aml_nb.core.automl.run", "AutoMLRun", "runs.RunCard"),
    ("aml_nb.core.runs.experiment", "Experiment", "runs.ExperimentCard"),
)


def register(shell: InteractiveShell) -> None:
    """Tell the shell's HTML formatter about v1's classes."""
    formatter = shell.display_formatter.formatters["text/html"]
    for module, name, card in _TYPES:
        formatter.for_type_by_name(module, name, _Show(card))


def unregister(shell: InteractiveShell) -> None:
    """Take them away again."""
    formatter = shell.display_formatter.formatters["text/html"]
    for registry in (formatter.deferred_printers, formatter.type_printers):
        for key in [key for key, value in registry.items() if isinstance(value, _Show)]:
            del registry[key]


class _Show:
    def __init__(self, card: str) -> None:
        self._card = card

    def __call__(self, value: Any) -> str | None:
        from importlib import import_module

        from aml_nb.errors import AmlError

        module, _, name = self._card.rpartition(".")
        try:
            card: str = getattr(import_module(f"aml_nb.display.{module or 'objects'}"), name)(value).as_html()
        except AmlError:  # it was deleted meanwhile: its text still shows
            return None
        return card
