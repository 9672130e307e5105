"""What is told of a service while somebody puts another deployment in its place, or was killed doing so."""

from __future__ import annotations

import json
from pathlib import Path

from aml_nb.engines import supervisor
from aml_nb.engines.folder import ServiceFolder


def test_one_that_was_stopped_is_on_its_way_while_somebody_deploys_it_anew(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "svc")
    folder.path.mkdir()
    told = {"state": "Stopped", "pid": 0, "error": None, "replicas": {}, "revision": 1}
    folder.state_file.write_text(json.dumps(told))

    assert supervisor.status(folder).state == "Stopped"
    with folder.exclusive():
        assert supervisor.status(folder).state == "Transitioning"


def test_one_that_was_set_up_and_never_started_was_interrupted(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "svc")
    folder.path.mkdir()
    folder.service_file.write_text("{}")

    status = supervisor.status(folder)
    assert (status.state, status.error and status.error.code) == ("Failed", "interrupted")
