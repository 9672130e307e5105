"""The servers that ``python -m benchmarks.scoring`` measures, each a small file."""

from __future__ import annotations

from benchmarks.peers.aml import AmlNb
from benchmarks.peers.azureml_server import AzuremlServer
from benchmarks.peers.bare import GranianWsgi, UvicornAsgi
from benchmarks.peers.base import Peer
from benchmarks.peers.bento import BentoMl
from benchmarks.peers.litserve import LitServe
from benchmarks.peers.mlflow_server import MlFlow
from benchmarks.peers.mlserver import MlServer

PEERS: dict[str, type[Peer]] = {
    "aml": AmlNb,
    "granian": GranianWsgi,
    "uvicorn": UvicornAsgi,
    "azureml-server": AzuremlServer,
    "mlserver": MlServer,
    "litserve": LitServe,
    "mlflow": MlFlow,
    "bentoml": BentoMl,
}
