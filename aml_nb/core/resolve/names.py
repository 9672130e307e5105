"""Which names stand for what: conda's and pip's names, and those that aml_nb itself stands in for."""

from __future__ import annotations

import re

STANDS_IN = re.compile(r"azureml(-.*)?|inference-schema")
"""Distributions whose place aml_nb takes, whatever version or extra is asked for."""

BRINGS: dict[str, tuple[str, ...]] = {
    "azureml-contrib-services": ("werkzeug",),
    "azureml-core": ("requests",),
    "azureml-dataprep": ("numpy",),
    "azureml-dataset-runtime": ("numpy",),
    "azureml-defaults": ("numpy", "requests", "werkzeug"),
    "azureml-inference-server-http": ("werkzeug",),
    "azureml-mlflow": ("mlflow-skinny",),
    "azureml-sdk": ("numpy", "requests"),
    "inference-schema[numpy-support]": ("numpy",),
    "inference-schema[pandas-support]": ("numpy", "pandas"),
    "azureml-dataprep[pandas]": ("numpy", "pandas"),
}
"""What scripts count on because the genuine distributions bring it; installed where a venv is made."""

CONDA_TO_PIP: dict[str, str] = {
    "dask-core": "dask",
    "graphviz-python": "graphviz",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "py-lightgbm": "lightgbm",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "torchvision-cpu": "torchvision",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-eigen": "tensorflow",
    "tensorflow-mkl": "tensorflow",
}
"""conda packages that have another name on package indexes."""

RENAMED: dict[str, str] = {
    "sklearn": "scikit-learn",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "xgboost-cpu": "xgboost",
}
"""pip names which no longer exist, or for which another distribution does as well."""

_CONDA_ONLY = frozenset(
    """
    blas ca-certificates cmake compilers cpuonly cuda cudatoolkit cudnn cxx-compiler fortran-compiler freetype gcc
    git glib gxx gmp icu intel-openmp intel-openmpi jpeg ld-impl-linux-64 llvm-openmp lz4-c make mesalib mkl
    mkl-devel mpi mpich nccl ncurses ninja-base nomkl openblas openjdk openmp openmpi openssl pthread-stubs
    python-abi pytorch-cuda pytorch-mutex readline sqlite tbb tk unixodbc vc vs2015-runtime xz yaml zlib zstd
    """.split()
)
_CONDA_LIBRARY = re.compile(
    r"[-_].*|r-.*|lib(blas|cblas|gcc|gfortran|gomp|cxx|stdcxx|ffi|lapack|nsl|openblas|png|tiff|uuid|zlib|cuda|cu)"
    r"(-.*|blas.*|fft.*|rand.*|sparse.*|solver.*)?|liblapacke|lib\w+-devel|.*(-ng|-linux-64|-osx-64|-osx-arm64)"
)


def stands_in(name: str) -> bool:
    """Whether aml_nb stands in for the distribution (its normalised name)."""
    return STANDS_IN.fullmatch(name) is not None


def is_conda_only(name: str) -> bool:
    """Whether a conda package has no counterpart on package indexes: compilers, CUDA, system libraries."""
    return name in _CONDA_ONLY or _CONDA_LIBRARY.fullmatch(name) is not None
