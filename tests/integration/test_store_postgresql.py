"""The tables on PostgreSQL: the same behaviour, several workspaces in one database."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.experiments import Experiments
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NameTakenError, StoreError, UserErrorException, WebserviceException

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


class Server:
    """A PostgreSQL server of the test's own, on a socket in a folder."""

    def __init__(self, folder: Path) -> None:
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        self.bin = Path(found[-1]) if found else Path(str(shutil.which("initdb"))).parent
        self.folder = folder
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)  # type: ignore[call-overload]

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-w", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-D", f"{self.folder}/data", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server(require: Callable[[str], None]) -> Iterator[Server]:
    require("postgresql")
    pytest.importorskip("psycopg")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = Server(folder)
        server.run("initdb", "-A", "trust", "-U", "postgres", "-D", f"{folder}/data", "--no-sync")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def pg(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("AML_NB_STORE", server.url)
    workspace = Workspace.create("on-pg", show_output=False)
    Path("model.pkl").write_text("weights")
    yield workspace
    if workspace._folder.is_dir():
        workspace.delete()


def test_images_are_made_by_a_process_that_finds_the_server(pg: Workspace) -> None:
    from aml_nb.core.image import ContainerImage, Image

    Path("score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    model = Model.register(pg, "model.pkl", "iris")
    image = Image.create(pg, "on-pg", [model], ContainerImage.image_configuration("score.py", "python"))
    image.wait_for_creation()
    assert pg.images["on-pg"].run("x") == "x"
    with pytest.raises(WebserviceException, match="in the image on-pg:1"):
        model.delete()
    image.delete()
    model.delete()
    assert list(pg._artifacts) == []


def test_the_registry_works(pg: Workspace) -> None:
    assert not (pg._folder / "store.db").exists()
    made = [Model.register(pg, "model.pkl", "iris", tags={"ü\0": "☃"}) for _ in range(3)]
    assert [model.version for model in made] == [1, 2, 3]
    made[1].add_tags({"a": "b"})
    again = Workspace.get("on-pg")
    assert [m.version for m in Model.list(again, tags=["a"])] == [2]
    assert again.models["iris"].tags == {"ü\0": "☃"}
    assert Path(again.models["iris"].download("out")).read_text() == "weights"
    for model in made:
        model.delete()
    assert list(pg._artifacts) == []
    assert Model.register(pg, "model.pkl", "iris").version == 4


def test_records_work(pg: Workspace) -> None:
    records, environments = pg._store.records("compute"), pg._store.versioned("environment")
    records.create("a", {"n": 1})
    with pytest.raises(NameTakenError):
        records.create("a", {})
    records.modify("a", lambda payload: {"n": payload["n"] + 1})
    records.put("b", {"modelIds": ["iris:1"]})
    assert records.list() == [("a", {"n": 2}), ("b", {"modelIds": ["iris:1"]})]
    assert [environments.append("e", {}) for _ in range(2)] == ["1", "2"]
    assert environments.list() == [("e", "2", {})]
    assert records.delete("b") and not records.delete("b")


def test_experiments_and_runs_work(pg: Workspace) -> None:
    experiment = Experiment(pg, "train")
    run = experiment.start_logging(snapshot_directory=None, display_name="a\0b", tags={"ü\0": "☃"})
    run.log("a\0", float("nan"))
    run.upload_file("outputs/model.pkl", "model.pkl")
    children = run.create_children(3)
    children[0].complete()
    assert (run.display_name, run.tags, str(run.get_metrics())) == ("ab", {"ü\0": "☃"}, "{'a\\x00': nan}")
    assert [child.status for child in run.get_children()] == ["Running", "Running", "Completed"]
    with pytest.raises(UserErrorException, match="already exists"):
        run.upload_file("outputs/model.pkl", "model.pkl")
    model = run.register_model("iris", "outputs/model.pkl")
    run.complete()
    experiment.archive()
    Experiment(pg, "train")
    experiment.reactivate("old")
    again = Workspace.get("on-pg")
    assert model.run.experiment.name == "old"
    assert sorted(again.experiments) == ["old", "train"]
    assert {one.status for one in Run.list(experiment, include_children=True)} == {"Completed"}
    model.delete()
    Experiment.delete(again, experiment.id)
    assert list(pg._artifacts) == []


def test_tags_that_two_processes_give_an_experiment_are_both_kept(pg: Workspace) -> None:
    identity = Experiment(pg, "train").id
    read, written = threading.Event(), threading.Event()

    def slowly(payload: dict[str, Any]) -> None:
        read.set()
        written.wait(1)
        payload["tags"]["a"] = "1"

    def other() -> None:
        read.wait(10)
        Experiment(Workspace.get("on-pg"), "train").tag("b", "2")
        written.set()

    thread = threading.Thread(target=other)
    thread.start()
    Experiments(pg._store).change(identity, slowly)
    thread.join()
    assert Experiment(pg, "train").tags == {"a": "1", "b": "2"}


def test_racing_processes_get_distinct_numbers_of_runs(pg: Workspace) -> None:
    code = (
        "from aml_nb import Experiment, Workspace\n"
        "experiment = Experiment(Workspace.get('on-pg'), 'race')\n"
        "for _ in range(10): print('number', experiment.start_logging(snapshot_directory=None).number)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    racers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(3)
    ]
    lines = "".join(racer.communicate(timeout=60)[0] for racer in racers).splitlines()
    assert sorted(int(line.split()[1]) for line in lines) == list(range(1, 31))
    assert {run.get_status() for run in pg.experiments["race"].get_runs()} == {"NotResponding"}


def test_a_database_of_the_first_schema_is_brought_up_to_date(pg: Workspace) -> None:
    Model.register(pg, "model.pkl", "iris")
    with pg._store.write() as connection:
        connection.exec_driver_sql("DROP TABLE runs")
        connection.exec_driver_sql("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    again = Workspace.get("on-pg")
    assert again.models["iris"].version == 1
    assert Experiment(again, "train").start_logging(snapshot_directory=None).number == 1


def test_a_model_in_use_is_not_deleted(pg: Workspace) -> None:
    model = Model.register(pg, "model.pkl", "iris")
    services = pg._store.records("webservice")
    services.create("svc", {"name": "svc", "modelIds": ["iris:1"]})
    with pytest.raises(WebserviceException, match="svc"):
        model.delete()
    services.delete("svc")
    model.delete()


def test_workspaces_in_one_database_do_not_see_each_other(pg: Workspace) -> None:
    other = Workspace.create("another", show_output=False)
    Model.register(pg, "model.pkl", "iris")
    assert other.models == {}
    assert Model.register(other, "model.pkl", "iris").version == 1
    other.delete()
    assert pg.models["iris"].version == 1


def test_racing_processes_get_distinct_versions(pg: Workspace) -> None:
    code = (
        "from aml_nb.core.model import Model; from aml_nb.core.workspace import Workspace\n"
        "ws = Workspace.get('on-pg')\n"
        "for _ in range(25): print('version', Model.register(ws, 'model.pkl', 'iris').version)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    racers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(4)
    ]
    lines = "".join(racer.communicate(timeout=60)[0] for racer in racers).splitlines()
    versions = [int(line.split()[1]) for line in lines if line.startswith("version")]
    assert sorted(versions) == list(range(1, 101))


def test_a_server_that_comes_back_is_used_again(pg: Workspace, server: Server) -> None:
    Model.register(pg, "model.pkl", "iris")
    server.stop()
    with pytest.raises(StoreError, match="AML_NB_STORE"):
        Model.list(pg)
    server.start()
    deadline = time.monotonic() + 20
    while True:
        try:
            assert [m.version for m in Model.list(pg)] == [1]
            break
        except StoreError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert Model.register(pg, "model.pkl", "iris").version == 2


def test_a_restart_between_two_calls_goes_unnoticed(pg: Workspace, server: Server) -> None:
    Model.register(pg, "model.pkl", "iris")
    server.stop()
    server.start()
    assert Model.register(pg, "model.pkl", "iris").version == 2


def test_without_the_variable_the_workspace_says_what_it_needs(pg: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    url = os.environ["AML_NB_STORE"]
    monkeypatch.delenv("AML_NB_STORE")
    with pytest.raises(StoreError, match="PostgreSQL") as caught:
        Workspace.get("on-pg").models  # noqa: B018
    assert "export AML_NB_STORE" in str(caught.value.hint)
    monkeypatch.setenv("AML_NB_STORE", url)


def test_a_wrong_url_is_explained(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_STORE", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="AML_NB_STORE") as caught:
        Workspace.create("nowhere")
    assert caught.value.hint
    assert list(home.rglob("workspace.json")) == []


def test_the_panels_watcher_sees_what_others_write(pg: Workspace) -> None:
    from aml_nb.labserver.events.watcher import Watcher
    from aml_nb.labserver.workspaces import Workspaces

    known = Workspaces()
    watcher = Watcher(known, pg._folder.name)
    try:
        assert [each["event"] for each in watcher.look()] == ["reset"] and watcher.polls
        assert watcher.look() == []
        Model.register(pg, "model.pkl", "seen")
        assert [(each["kind"], each["id"]) for each in watcher.look()] == [("models", "seen:1")]
    finally:
        watcher.close()
        known.close()
