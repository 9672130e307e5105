"""A workspace is a folder: who removes it by hand has removed its services too."""

from __future__ import annotations

import shutil

import psutil

from aml_nb.core.model import Model
from aml_nb.core.webservice import LocalWebservice
from aml_nb.core.workspace import Workspace
from tests.integration.deploying import script


def processes_of(folder: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if folder in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_service_ends_when_its_folder_is_removed(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", None, script(), LocalWebservice.deploy_configuration())
    service.wait_for_deployment()
    left = processes_of(str(ws._folder))
    assert len(left) >= 2, "a supervisor and a worker"

    shutil.rmtree(ws._folder)

    assert psutil.wait_procs(left, timeout=30)[1] == []
