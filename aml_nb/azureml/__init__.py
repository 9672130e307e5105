"""``azureml``: v1's import names, as re-exports of where things live in aml_nb."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {})
