"""v1's ``azureml.monitoring``: what an entry script keeps of its inputs and predictions."""
