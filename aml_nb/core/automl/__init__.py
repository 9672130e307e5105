"""AutoML: many pipelines of featurization, scaling and estimator tried on one table, the best of them kept."""
