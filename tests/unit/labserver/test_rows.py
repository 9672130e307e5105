"""Lists: one row for each thing, of one form."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aml_nb.core.compute import AmlCompute, ComputeInstance, ComputeTarget
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.environment import Environment
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.store import tables
from aml_nb.core.workspace import Workspace
from aml_nb.labserver.shapes import base, environments, listing, models
from aml_nb.labserver.workspaces import WorkspaceGoneError, Workspaces

KEYS = {"kind", "id", "name", "version", "state", "tone", "about", "created", "at", "tags", "rev"}
TONES = {"ok", "busy", "warn", "bad", "idle", "none"}


@pytest.fixture
def filled(ws: Workspace) -> Workspace:
    Path("a.csv").write_text("x,y\n1,<b>\n")
    Model.register(ws, "a.csv", "iris", tags={"area": "<i>"}, description="first\nsecond", model_framework="Onnx")
    Model.register(ws, "a.csv", "iris")
    Model.register(ws, "a.csv", "other")
    ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2))
    ComputeTarget.create(ws, "mine", ComputeInstance.provisioning_configuration())
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    run.child_run("child").complete()
    run.complete()
    store = ws.get_default_datastore()
    store.upload_files(["a.csv"])
    Dataset.Tabular.from_delimited_files([(store, "a.csv")]).register(ws, "the table", description="d")
    Environment("mine").register(ws)
    return ws


def test_every_row_has_the_same_keys(filled: Workspace) -> None:
    found = {kind: rows(filled) for kind, rows in listing.KINDS.items()}
    for kind, rows in found.items():
        for row in rows:
            assert set(row) >= KEYS and row["kind"] == kind and row["tone"] in TONES
            assert "\n" not in row["about"] and isinstance(row["at"], int)
            assert row["created"] is None or datetime.fromisoformat(row["created"]).tzinfo
            json.dumps(row, allow_nan=False)
        assert len({row["id"] for row in rows}) == len(rows)
    assert [(row["id"], row["versions"]) for row in found["models"]] == [("other:1", 1), ("iris:2", 2)]
    assert [row["name"] for row in found["compute"]] == ["mine", "cpu"]
    assert [row["state"] for row in found["runs"]] == ["Completed"]  # its child is in its own view
    assert [row["id"] for row in found["data"]] == ["the table:1", "workspaceblobstore", "workspacefilestore"]
    assert found["environments"][0]["id"] == "mine:1"
    assert found["services"] == found["pipelines"] == found["schedules"] == []


def test_ten_thousand_models_are_listed_from_their_rows(ws: Workspace) -> None:
    rows = [
        {
            "workspace": ws._id, "name": f"model-{number:05}", "version": 1, "created": number, "framework": None,
            "run_id": None, "tags": json.dumps({"n": str(number)}), "properties": "{}",
            "payload": json.dumps({"description": f"number {number}"}),
        }
        for number in range(10_000)
    ]  # fmt: skip
    with ws._store.write() as connection:
        connection.execute(sa.insert(tables.models), rows)
    began = time.process_time()
    found = models.rows(ws)
    took = time.process_time() - began
    print(f"10,000 models: {1000 * took:.0f} ms of CPU")
    assert len(found) == 10_000 and found[0]["name"] == "model-09999" and found[7]["tags"] == {"n": "9992"}
    assert took < 2  # a regression to one query a model takes far longer


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        (None, "none"), ("", "none"), ("Healthy", "ok"), ("running", "ok"), ("Succeeded", "ok"), ("Active", "ok"),
        ("Transitioning", "busy"), ("Failed", "bad"), ("Unhealthy", "bad"), ("Unschedulable", "bad"),
        ("Stopped", "idle"), ("Disabled", "idle"), ("Unknown", "warn"), ("Reused", "ok"), ("Something", "idle"),
    ],
)  # fmt: skip
def test_states_have_tones(state: str | None, tone: str) -> None:
    assert base.tone_of(state) == tone


def test_a_run_is_busy_until_it_is_over() -> None:
    tones = {state: base.run_tone(state) for state in ("Queued", "Running", "Completed", "Failed", "NotResponding")}
    assert tones == {"Queued": "busy", "Running": "busy", "Completed": "ok", "Failed": "bad", "NotResponding": "warn"}


@pytest.mark.parametrize("moment", ["2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5), 1767323045000])
def test_times_of_all_kinds_are_one(moment: Any) -> None:
    assert base.milliseconds(moment) == 1767323045000
    assert base.stamp(moment) == "2026-01-02T03:04:05.000+00:00"


def test_what_is_no_time_is_none() -> None:
    assert base.milliseconds("yesterday") is base.milliseconds(None) is base.stamp(True) is None
    assert base.milliseconds(datetime(2026, 1, 2, tzinfo=timezone.utc)) == 1767312000000


def test_a_line_is_short_and_moves_nothing() -> None:
    assert base.line("a\x1b[2Jb\u202ec\nsecond") == "a [2Jb c"
    assert len(base.line("x" * 1000)) == 200 and base.line(None) == ""


def test_an_environment_without_a_version_is_found(ws: Workspace) -> None:
    Environment("mine").register(ws)
    assert str(environments.find(ws, "mine:1").name) == str(environments.find(ws, "mine").name) == "mine"


def test_workspaces_are_known_by_their_folders(ws: Workspace) -> None:
    other = Workspace.create("test-ws", resource_group="elsewhere", show_output=False)
    known = Workspaces()
    try:
        ids = [each["id"] for each in known.list()]
        assert len(set(ids)) == 2 and "test-ws" in ids
        assert known.get("test-ws")._id == ws._id and known.get("test-ws") is known.get("test-ws")
        assert known.get(other._folder.name)._id == other._id
        other.delete()
        for wrong in (other._folder.name, "", ".", "..", "a/b", "\0", "x" * 999, ".new-1"):
            with pytest.raises(WorkspaceGoneError):
                known.get(wrong)
    finally:
        known.close()
        if other._folder.exists():
            other.delete()
