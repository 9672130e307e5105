"""``azureml.train.dnn``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.estimators": "Chainer Gloo Mpi Nccl ParameterServer PyTorch TensorFlow"})
