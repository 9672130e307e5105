"""The machine of whoever submits, as a compute target; and what v1 did to targets before runs did it themselves."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.errors import ComputeTargetException, NotAvailableError


class AbstractComputeTarget:
    """A compute target that is only a type and a name.

    Parameters
    ----------
    compute_target_type : such as ``local``.
    name : its name.
    """

    def __init__(self, compute_target_type: str, name: str) -> None:
        self._type = compute_target_type
        self._name = name

    @property
    def type(self) -> str:
        """The type."""
        return self._type

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @staticmethod
    def deserialize_from_dict(compute_target_name: str, compute_target_dict: dict[str, Any]) -> AbstractComputeTarget:
        """The target that a dictionary of its values describes.

        Parameters
        ----------
        compute_target_name : its name.
        compute_target_dict : its values; ``type`` is one of them.

        Raises
        ------
        ComputeTargetException
            It has no type, or one that is not here.
        """
        kind = str(compute_target_dict.get("type", ""))
        if kind.lower() != "local":
            raise ComputeTargetException(
                f"{compute_target_name}: a target of type {kind or 'unknown'} cannot be read from a dictionary.",
                hint=f"ComputeTarget(ws, {compute_target_name!r})",
            )
        return LocalTarget()


class LocalTarget(AbstractComputeTarget):
    """This machine."""

    def __init__(self) -> None:
        super().__init__("local", "local")


def is_compute_target_prepared(experiment: Any, source_directory: str, run_config: Any) -> bool:
    """Whether a run could start at once: the running interpreter satisfies the environment.

    Parameters
    ----------
    experiment : not used.
    source_directory : not used.
    run_config : its environment counts.
    """
    from aml_nb.core.resolve import unsatisfied

    return not unsatisfied(run_config.environment)


def prepare_compute_target(experiment: Any, source_directory: str, run_config: Any) -> NoReturn:
    """Prepare an environment before the run; a run does so by itself."""
    raise NotAvailableError(
        "prepare_compute_target is not there: a run prepares its environment when it is submitted.",
        hint="experiment.submit(config)",
    )


def attach_legacy_compute_target(experiment: Any, source_directory: str, compute_target: Any) -> NoReturn:
    """Attach a target to a project folder, as before there were workspaces."""
    raise _legacy("attach_legacy_compute_target")


def remove_legacy_compute_target(experiment: Any, source_directory: str, compute_target_name: str) -> NoReturn:
    """Remove a target from a project folder, as before there were workspaces."""
    raise _legacy("remove_legacy_compute_target")


def _legacy(name: str) -> NotAvailableError:
    return NotAvailableError(
        f"{name} is not there: compute targets are of the workspace, not of a folder.",
        hint="ComputeTarget.create(ws, name, AmlCompute.provisioning_configuration(vm_size=...))",
    )
