"""``azureml.contrib.pipeline``."""
