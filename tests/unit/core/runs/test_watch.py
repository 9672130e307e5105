"""Who works on a run, and what becomes of one that nobody works on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aml_nb.core.runs import folder as folders
from aml_nb.core.runs import metrics, watch
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace, upkeep
from aml_nb.errors import StoreError


def submitted(ws: Workspace, run_id: str, status: str = "Running", **fields: object) -> RunRecord:
    experiment = Experiment(ws, "train")
    record = RunRecord(run_id, "train", experiment.id, status=status, run_type="azureml.scriptrun", **fields)  # type: ignore[arg-type]
    RunFolder(ws, run_id).make()
    return RunRecords(ws._store).create(record)


def test_a_run_whose_process_is_gone_has_failed_with_its_last_lines(ws: Workspace) -> None:
    record = submitted(ws, "a")
    log = RunFolder(ws, "a").logs / "user_logs" / "std_log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"epoch {n}\n" for n in range(100)))
    details = Run.get(ws, record.run_id).get_details()
    assert details["status"] == "Failed"
    message = details["error"]["error"]["message"]
    assert "was killed" in message
    assert message.endswith("epoch 98\nepoch 99")
    assert "epoch 79" not in message
    assert "endTimeUtc" in details


def test_a_process_of_ours_that_broke_says_why(ws: Workspace) -> None:
    submitted(ws, "a")
    (RunFolder(ws, "a").path / "keeper.log").write_text("ImportError: no module named runs\n")
    assert Run.get(ws, "a").get_details()["error"]["error"]["message"].endswith("ImportError: no module named runs")


def test_a_queued_run_says_what_it_waits_for(ws: Workspace) -> None:
    submitted(ws, "a", status="Queued", target="cpu-cluster")
    hold = RunFolder(ws, "a").hold(keep=False)
    status = Run.get(ws, "a").get_detailed_status()
    assert status == {"status": "Queued", "details": ["The run waits for a free node of cpu-cluster."]}
    hold.close()


def test_one_that_is_held_goes_on(ws: Workspace) -> None:
    submitted(ws, "a", status="Queued")
    hold = RunFolder(ws, "a").hold(keep=False)
    assert watch.look(ws, "a").status == "Queued"
    hold.close()
    assert watch.look(ws, "a").status == "Failed"


def test_one_that_was_being_cancelled_is_cancelled(ws: Workspace) -> None:
    submitted(ws, "a", status="CancelRequested")
    assert watch.look(ws, "a").status == "Canceled"


def test_children_of_a_driver_that_was_killed_are_told_to_end(ws: Workspace) -> None:
    submitted(ws, "driver")
    submitted(ws, "child", status="Queued", parent_id="driver")
    with RunFolder(ws, "child").lock.open("wb") as file:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        assert watch.look(ws, "driver").status == "Failed"
        assert watch.look(ws, "child").status == "CancelRequested"
        assert (RunFolder(ws, "child").path / "cancel").exists()
    assert watch.look(ws, "child").status == "Canceled"


def test_whoever_finds_a_killed_driver_and_is_killed_too_has_told_its_children(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(ws, "driver")
    submitted(ws, "child", status="Queued", parent_id="driver")
    hold = RunFolder(ws, "child").hold(keep=False)
    move = RunRecords.transition

    def killed(records: RunRecords, run_id: str, status: str, **told: object) -> bool:
        if status != "Failed":
            return move(records, run_id, status)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(RunRecords, "transition", killed)
        watch.look(ws, "driver")
    assert watch.look(ws, "child").status == "CancelRequested"
    hold.close()


def test_whoever_cancels_and_is_killed_has_asked(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted(ws, "a")
    hold = RunFolder(ws, "a").hold(keep=False)

    def killed(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(RunRecords, "transition", killed)
        Run.get(ws, "a").cancel()
    assert (RunFolder(ws, "a").path / "cancel").exists()
    hold.close()


def test_an_interactive_run_of_a_killed_kernel_does_not_respond_and_may_be_completed(ws: Workspace) -> None:
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    child = run.child_run()
    folders.release_all(ws)
    assert (run.get_status(), child.get_status()) == ("NotResponding", "NotResponding")
    run.log("late", 1)
    run.complete()
    assert (run.get_status(), child.get_status()) == ("Completed", "Completed")
    assert run.get_metrics() == {"late": 1}


@pytest.mark.parametrize("ending", ["Completed", "Failed", "Canceled"])
def test_a_child_that_a_script_did_not_end_ends_as_the_script_did(ws: Workspace, ending: str) -> None:
    submitted(ws, "script")
    hold = RunFolder(ws, "script").hold(keep=False)
    child = Run.get(ws, "script").child_run()
    assert child.get_status() == "Running"
    RunRecords(ws._store).transition("script", ending)
    assert child.get_status() == "Running"  # its keeper has not let go yet
    hold.close()
    assert child.get_status() == ending


def test_a_child_of_a_script_that_was_killed_has_failed_whichever_of_them_is_looked_at_first(ws: Workspace) -> None:
    submitted(ws, "script")
    hold = RunFolder(ws, "script").hold(keep=False)
    child = Run.get(ws, "script").child_run()
    hold.close()
    assert [child.get_status(), Run.get(ws, "script").get_status()] == ["Failed", "Failed"]


def test_a_notebook_may_begin_any_number_of_runs(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    experiment = Experiment(ws, "train")
    first = experiment.start_logging(snapshot_directory=None)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 20, limits[1]))
    try:
        runs = [experiment.start_logging(snapshot_directory=None) for _ in range(50)]
        monkeypatch.setattr(metrics, "_MOST_KEPT", 5)
        for number, run in enumerate([*runs, *runs]):
            run.log("a", number)
        first.complete()
        Experiment.delete(ws, Experiment(ws, "other").id)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert {run.get_status() for run in runs} == {"Running"}
    assert [run.get_metrics()["a"] for run in runs] == [[number, number + 50] for number in range(50)]
    assert {record.owner for record in RunRecords(ws._store).find()} == {folders.session(ws)}


def test_a_run_is_held_once(ws: Workspace) -> None:
    code = (
        "import sys; from aml_nb.core.runs.folder import RunFolder\n"
        "RunFolder(sys.argv[1], 'a').hold(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(ws._folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        folder = RunFolder(ws, "a")
        assert folder.alive()
        folders._PATIENCE, kept = 0.1, folders._PATIENCE
        try:
            with pytest.raises(StoreError, match="Another process works on the run a"):
                folder.hold()
        finally:
            folders._PATIENCE = kept
            other.kill()
        other.wait()
        assert not folder.alive()


@pytest.mark.parametrize("keep", [True, False])
def test_a_forked_worker_does_not_hold_its_parents_run(tmp_path: Path, keep: bool) -> None:
    (tmp_path / "runs").mkdir()
    folder = RunFolder(tmp_path, "a")
    hold = folder.hold(keep)
    (reader, told), (heard, writer) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(writer)
        os.write(told, b"x")
        os.read(heard, 1)
        os._exit(0)
    os.read(reader, 1)
    folder.release()
    hold.close()
    alive = folder.alive()
    for descriptor in (reader, told, heard, writer):
        os.close(descriptor)
    os.waitpid(pid, 0)
    assert not alive


def test_a_hold_that_was_passed_on_never_lapses(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "a")
    hold = folder.hold(keep=False)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=(hold.fileno(),)
    ) as keeper:
        hold.close()
        assert folder.alive()
        keeper.kill()
        keeper.wait()
    assert not folder.alive()


def test_a_submitted_run_is_completed_by_its_script_alone(ws: Workspace) -> None:
    submitted(ws, "a")
    hold = RunFolder(ws, "a").hold(keep=False)
    run = Run.get(ws, "a")
    run.complete()
    assert run.get_status() == "Running"
    run.fail("I have seen enough")
    assert run.get_status() == "Failed"
    assert (RunFolder(ws, "a").path / "cancel").exists()
    hold.close()
    assert run.get_details()["error"]["error"]["message"] == "I have seen enough"


def test_cancelling_reaches_the_runs_below(ws: Workspace) -> None:
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    child = run.child_run()
    submitted(ws, "below", parent_id=child.id)
    hold = RunFolder(ws, "below").hold(keep=False)
    run.cancel()
    assert [run.get_status(), child.get_status(), Run.get(ws, "below").get_status()] == [
        *("Canceled", "Canceled", "CancelRequested")
    ]
    assert (RunFolder(ws, "below").path / "cancel").exists()
    hold.close()
    assert Run.get(ws, "below").get_status() == "Canceled"


def test_folders_without_a_run_are_swept(ws: Workspace) -> None:
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    for name in ("killed", "begun", "held"):
        RunFolder(ws, name).make()
    hold = RunFolder(ws, "held").hold(keep=False)
    for name in ("killed", "held", run.id, folders.session(ws)):
        os.utime(RunFolder(ws, name).path, (0, 0))
    upkeep.look_after(ws._folder, ws._store, ws._artifacts)
    names = sorted(path.name for path in (ws._folder / "runs").iterdir())
    assert names == sorted([folders.session(ws), "begun", "held", run.id])
    hold.close()
    run.complete()


def test_a_workspace_that_was_deleted_is_not_made_again(tmp_path: Path) -> None:
    gone = tmp_path / "ws"
    gone.mkdir()
    folder = RunFolder(gone, "a").make()
    shutil.rmtree(gone)
    with pytest.raises(StoreError, match="was deleted meanwhile"):
        folder.make()
    assert not gone.exists()
