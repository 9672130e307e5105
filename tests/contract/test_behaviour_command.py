"""``aml-nb serve`` in place of azureml-inference-server-http's command: options, environment, file, exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.integration.serving import wait_for

SCRIPT = """
import os

def init():
    print("init in", os.getcwd())

def run(data):
    return [data, os.environ["AZUREML_MODEL_DIR"], os.environ["AML_APP_ROOT"], __name__, os.getpid()]
"""


class Command:
    """The command in the foreground of a folder, with what it prints."""

    def __init__(self, folder: Path, *words: str, **variables: str) -> None:
        self.output = folder / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aml_nb", "serve", *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def printed(self) -> str:
        return self.output.read_text()

    def ready(self) -> None:
        wait_for(lambda: "ready for serving traffic" in self.printed() or self.process.poll() is not None)
        assert self.process.poll() is None, self.printed()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def folder(home: Path) -> Path:
    Path("score.py").write_text(SCRIPT)
    Path("model").mkdir()
    return Path.cwd()


def free_ports(count: int) -> list[str]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(sock.getsockname()[1]) for sock in held]
    for sock in held:
        sock.close()
    return ports


def test_options(folder: Path) -> None:
    port, health = free_ports(2)
    options = ["--entry_script", "score.py", "--model_dir", "model", "--port", port, "--worker_count", "2"]
    options += ["--health_port", health, "--access_control_allow_origins", "http://a.example, http://b.example"]
    command = Command(folder, *options, SEPERATE_HEALTH_ENDPOINT="true")
    try:
        command.ready()
        answer = requests.post(
            f"http://localhost:{port}/score", data="x", headers={"Origin": "http://b.example"}, timeout=10
        )
        assert answer.json()[:4] == ["x", "model", str(folder), "entry_module"]
        assert answer.headers["Access-Control-Allow-Origin"] == "http://b.example"
        assert requests.get(f"http://localhost:{health}/", timeout=10).text == "Healthy"
    finally:
        code = command.end()
    assert code == 0
    printed = command.printed()
    for line in (
        "Server Settings\n---------------",
        f"Entry Script Name: {folder}/score.py",
        "Model Directory: model",
        "Config File: None",
        "Worker Count: 2",
        f"Server Port: {port}",
        f"Health Port: {health}",
        "Server Routes\n---------------",
        f"Liveness Probe: GET   127.0.0.1:{health}/",
        f"Score:          POST  127.0.0.1:{port}/score",
        "run() is not decorated. Server will invoke it with the input in JSON string.",
        "Invoking user's init function",
        f"init in {folder}",
        "Users's init has completed successfully",
    ):
        assert line in printed


def test_an_option_goes_before_the_environment_and_that_before_the_file(folder: Path) -> None:
    port, other = free_ports(2)
    told = {"AZUREML_ENTRY_SCRIPT": "nothing.py", "AZUREML_MODEL_DIR": "model", "SERVER_PORT": other}
    Path("settings.json").write_text(json.dumps(told))
    command = Command(folder, "--config_file", "settings.json", "--port", port, AZUREML_ENTRY_SCRIPT="score.py")
    try:
        command.ready()
        answer = requests.post(f"http://localhost:{port}/score", data="x", timeout=10)
        assert answer.json()[:2] == ["x", "model"]
    finally:
        command.end()
    assert "Config File: settings.json" in command.printed()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import nothing_of_that_name\n", "nothing_of_that_name"),
        ("def run(data):\n    return data\n", "init()"),
        ("def init():\n    pass\n", "run()"),
        ("def init():\n    raise ValueError('no weights')\n\ndef run(data):\n    return data\n", "no weights"),
        ("def init():\n    pass\n\ndef run(*data):\n    return data\n", "*args"),
        (None, "nothing.py"),
    ],
)
def test_a_script_that_cannot_be_served_ends_with_3(folder: Path, script: str | None, said: str) -> None:
    if script is not None:
        Path("nothing.py").write_text(script)
    command = Command(folder, "--entry_script", "nothing.py", "--port", free_ports(1)[0])
    assert command.process.wait(30) == 3
    assert said in command.printed()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Either provide an entry_script using --entry_script"),
        (("--entry_script", "score.py", "--port", "none"), "port"),
        (("--entry_script", "score.py", "--worker_count", "0"), "worker count"),
        (("--entry_scrip", "score.py"), "--entry_script"),
    ],
)
def test_a_wrong_call_ends_with_1(folder: Path, words: tuple[str, ...], said: str) -> None:
    command = Command(folder, *words)
    assert command.process.wait(30) == 1
    assert said in command.printed()


def test_a_port_in_use_ends_with_1(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = Command(folder, "--entry_script", "score.py", "--port", port)
        assert command.process.wait(30) == 1
    assert port in command.printed()
