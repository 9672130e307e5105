"""What the tests of runs share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace


@pytest.fixture
def experiment(ws: Workspace) -> Experiment:
    return Experiment(ws, "train")


@pytest.fixture
def run(experiment: Experiment) -> Iterator[Run]:
    """An interactive run; it is completed after the test."""
    run = experiment.start_logging(snapshot_directory=None)
    yield run
    run.complete()
