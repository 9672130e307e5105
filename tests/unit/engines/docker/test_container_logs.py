"""The lines of a service's containers, also while one of them is being removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

import requests
from docker.errors import APIError

from aml_nb.engines.docker import container_logs

EARLY, LATE = "2026-01-01T00:00:01.5Z", "2026-01-01T00:00:02.5Z"


class Running:
    """A container that has written something."""

    name = "running"

    def logs(self, **_: Any) -> bytes:
        return f"{LATE} late\n".encode()


class Going:
    """A container that is removed at the moment when its lines are asked for; they have been kept."""

    name = "going"

    def __init__(self, folder: Path, status: int) -> None:
        self._folder, self._status = folder, status

    def logs(self, **_: Any) -> bytes:
        (self._folder / container_logs.KEPT_FILE).write_text(f"{EARLY} early\n")
        response = requests.Response()
        response.status_code = self._status
        raise APIError("can not get logs from container which is dead or marked for removal", response)


@pytest.mark.parametrize("status", [404, 409])
def test_one_that_goes_meanwhile_has_its_lines_kept(tmp_path: Path, status: int) -> None:
    containers: Any = [Going(tmp_path, status), Running()]
    assert container_logs.read(containers, tmp_path, 10) == "early\nlate\n"
    assert container_logs.read(containers, tmp_path, 10, mark=True) == "early\nrunning late\n"


def test_lines_name_their_container_where_there_are_several(tmp_path: Path) -> None:
    one: Any = Running()
    assert container_logs.read([one], tmp_path, 10, mark=True) == "late\n"
    assert container_logs.read([one, one], tmp_path, 10, mark=True) == "running late\n" * 2
    assert container_logs.read([one, one], tmp_path, 10) == "late\n" * 2


def test_other_errors_are_told(tmp_path: Path) -> None:
    containers: Any = [Going(tmp_path, 500)]
    with pytest.raises(APIError):
        container_logs.read(containers, tmp_path, 10)


def test_what_is_kept_of_many_containers_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_logs, "_KEPT_BYTES", 1000)
    for _ in range(500):
        container_logs.keep(Running(), tmp_path)  # type: ignore[arg-type]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3000
    assert container_logs.read([], tmp_path, 40) == "late\n" * 40
