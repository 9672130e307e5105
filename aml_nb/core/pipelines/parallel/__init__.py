"""Parallel steps: an entry script that is given all of a dataset in mini-batches, by many processes at once."""
