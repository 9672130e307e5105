"""``azureml.automl.runtime.shared.score.scoring``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.utilities": "score_classification score_regression"})
