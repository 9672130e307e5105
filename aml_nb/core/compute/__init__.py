"""Compute targets; names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.compute.aks import AksCompute
    from aml_nb.core.compute.amlcompute import AmlCompute
    from aml_nb.core.compute.computeinstance import ComputeInstance
    from aml_nb.core.compute.dask import DaskCompute
    from aml_nb.core.compute.elsewhere.adla import AdlaCompute
    from aml_nb.core.compute.elsewhere.batch import BatchCompute
    from aml_nb.core.compute.elsewhere.databricks import DatabricksCompute
    from aml_nb.core.compute.elsewhere.datafactory import DataFactoryCompute
    from aml_nb.core.compute.elsewhere.dsvm import DsvmCompute
    from aml_nb.core.compute.elsewhere.hdinsight import HDInsightCompute
    from aml_nb.core.compute.elsewhere.kubernetescompute import KubernetesCompute
    from aml_nb.core.compute.elsewhere.kusto import KustoCompute
    from aml_nb.core.compute.elsewhere.remote import RemoteCompute
    from aml_nb.core.compute.elsewhere.synapse import SynapseCompute
    from aml_nb.core.compute.target import ComputeTarget

_HOME = {
    "AdlaCompute": "elsewhere.adla",
    "AksCompute": "aks",
    "AmlCompute": "amlcompute",
    "BatchCompute": "elsewhere.batch",
    "ComputeInstance": "computeinstance",
    "ComputeTarget": "target",
    "DaskCompute": "dask",
    "DataFactoryCompute": "elsewhere.datafactory",
    "DatabricksCompute": "elsewhere.databricks",
    "DsvmCompute": "elsewhere.dsvm",
    "HDInsightCompute": "elsewhere.hdinsight",
    "KubernetesCompute": "elsewhere.kubernetescompute",
    "KustoCompute": "elsewhere.kusto",
    "RemoteCompute": "elsewhere.remote",
    "SynapseCompute": "elsewhere.synapse",
}

__all__ = [
    "AdlaCompute",
    "AksCompute",
    "AmlCompute",
    "BatchCompute",
    "ComputeInstance",
    "ComputeTarget",
    "DaskCompute",
    "DataFactoryCompute",
    "DatabricksCompute",
    "DsvmCompute",
    "HDInsightCompute",
    "KubernetesCompute",
    "KustoCompute",
    "RemoteCompute",
    "SynapseCompute",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
