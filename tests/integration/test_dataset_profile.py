"""A profile that a process of its own computes."""

from __future__ import annotations

import pandas as pd

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace


def test_a_profile_run(ws: Workspace) -> None:
    frame = pd.DataFrame({"n": range(100), "s": ["a", None] * 50})
    store = ws.get_default_datastore()
    dataset = Dataset.Tabular.register_pandas_dataframe(frame, store, "rows", show_progress=False)
    run = dataset.submit_profile_run("local", Experiment(ws, "profiles"))
    assert run.wait_for_completion(show_output=False)["status"] == "Completed"
    profile = run.get_profile()
    assert (profile.columns["n"].mean, profile.columns["s"].missing_count) == (49.5, 50)
    assert [each.id for each in ws.datasets["rows"].get_profile_runs()] == [run.id]
    assert dataset.get_profile().get_producing_run().id == run.id
