"""Estimators: v1's older way to say how a script trains; each makes a run configuration and a script to run."""

from aml_nb.core.estimators.base import MMLBaseEstimator
from aml_nb.core.estimators.distributed import Gloo, Mpi, Nccl, ParameterServer
from aml_nb.core.estimators.estimator import Estimator
from aml_nb.core.estimators.framework import FrameworkEstimator
from aml_nb.core.estimators.frameworks import Chainer, PyTorch, SKLearn, TensorFlow
from aml_nb.core.estimators.run_config import MMLBaseEstimatorRunConfig

_FrameworkBaseEstimator = FrameworkEstimator

__all__ = [
    "Chainer",
    "Estimator",
    "FrameworkEstimator",
    "Gloo",
    "MMLBaseEstimator",
    "MMLBaseEstimatorRunConfig",
    "Mpi",
    "Nccl",
    "ParameterServer",
    "PyTorch",
    "SKLearn",
    "TensorFlow",
]
