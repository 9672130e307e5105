"""HyperDrive: many runs of one script, each with other hyperparameters, judged by the metric that they log."""
