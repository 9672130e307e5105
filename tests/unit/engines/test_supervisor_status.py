"""What is told of a service while somebody puts another deployment in its place."""

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
