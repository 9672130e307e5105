"""TensorBoard over the event files of runs, and the metrics of runs as event files."""
