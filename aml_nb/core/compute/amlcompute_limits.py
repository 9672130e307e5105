"""The part of AmlCompute that is of no cluster: which sizes there are, and how many cores of each family."""

from __future__ import annotations

from typing import Any

from aml_nb.core.compute import amlcompute_quota, vm_sizes


class Limits:
    """What clusters may be made of."""

    @staticmethod
    def supported_vmsizes(workspace: Any, location: str | None = None) -> list[dict[str, Any]]:
        """The sizes that a node may have.

        Parameters
        ----------
        workspace : the workspace.
        location : not used.
        """
        return vm_sizes.listed()

    @staticmethod
    def list_usages(workspace: Any, show_all: bool = False, location: str | None = None) -> list[dict[str, Any]]:
        """How many cores of each VM family the nodes have that are there now, and how many they may have.

        Parameters
        ----------
        workspace : the workspace.
        show_all : tell it by cluster too.
        location : not used.
        """
        return amlcompute_quota.list_usages(workspace, show_all)

    @staticmethod
    def list_quotas(workspace: Any, location: str | None = None) -> list[dict[str, Any]]:
        """How many cores clusters may have of each VM family.

        Parameters
        ----------
        workspace : the workspace.
        location : not used.
        """
        return amlcompute_quota.list_quotas(workspace)

    @staticmethod
    def update_quotas(
        workspace: Any, vm_family: Any, limit: int | None = None, location: str | None = None
    ) -> list[dict[str, Any]]:
        """Let clusters have more or fewer cores of a VM family. Clusters that are there stay as they are.

        Parameters
        ----------
        workspace : the workspace.
        vm_family : its name, such as ``standardDSv2Family``, or a dictionary of names and limits.
        limit : how many cores; -1 goes back to the default.
        location : not used.

        Raises
        ------
        ComputeTargetException
            There is no such family, or the limit is no number of cores.
        """
        changes = vm_family if isinstance(vm_family, dict) else {vm_family: limit}
        return amlcompute_quota.update(workspace, changes)
