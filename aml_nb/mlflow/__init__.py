"""MLflow on a workspace: its runs, metrics, files and models are the workspace's own, seen by another client."""
