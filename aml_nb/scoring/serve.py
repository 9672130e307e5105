"""``aml-nb serve``: one entry script in the foreground, in place of azureml-inference-server-http's command.

Options, environment variables, what is printed and exit codes are that command's, with one difference: it
listens on 127.0.0.1 unless ``AML_NB_SERVE_HOST`` says otherwise.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aml_nb import __version__
from aml_nb.errors import UsageError
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.listening import BindError
from aml_nb.scoring.logfile import Terminal
from aml_nb.scoring.state import StateFile
from aml_nb.scoring.supervisor import Supervisor

DEFAULT_PORT = 5001

# option -> (environment variable, also the key in the configuration file)
SETTINGS = {
    "entry_script": "AZUREML_ENTRY_SCRIPT",
    "model_dir": "AZUREML_MODEL_DIR",
    "port": "SERVER_PORT",
    "worker_count": "WORKER_COUNT",
    "health_port": "HEALTH_PORT",
    "access_control_allow_origins": "AML_CORS_ORIGINS",
    "appinsights_instrumentation_key": "AML_APP_INSIGHTS_KEY",
    "app_root": "AML_APP_ROOT",
    "scoring_timeout": "SCORING_TIMEOUT_MS",
    "separate_health": "SEPERATE_HEALTH_ENDPOINT",
    "source_directory": "AZUREML_SOURCE_DIRECTORY",
}


def main(options: Namespace) -> int:
    """Serve until interrupted. 1: it was called wrongly; 3: the entry script cannot be served."""
    try:
        settings = gather(vars(options), os.environ)
        config = make_config(settings)
    except UsageError as error:
        print(f"Error!\n{error.message}", file=sys.stderr)
        if error.hint:
            print(f"Try: {error.hint}", file=sys.stderr)
        return 1
    print(banner(settings, config), flush=True)
    with tempfile.TemporaryDirectory(prefix="aml-nb-serve-") as folder:
        try:
            return Supervisor(Path(folder), config, Terminal(), StateFile(lambda data: None)).run()
        except BindError as error:
            print(error.report["message"], file=sys.stderr)
            return 1


def gather(options: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Settings by their option's name: an option goes before the environment, that before the file."""
    file = options.get("config_file") or environment.get("AZUREML_CONFIG_FILE")
    kept = read_file(file) if file else {}
    found: dict[str, Any] = {"config_file": file}
    for option, variable in SETTINGS.items():
        values = (options.get(option), environment.get(variable), kept.get(variable), kept.get(option))
        found[option] = next((value for value in values if value not in (None, "")), None)
    return found


def read_file(path: str) -> dict[str, Any]:
    """The configuration file: a JSON object whose keys are those of the environment."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The configuration file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"The configuration file {path} is no JSON: {error}.") from None
    if not isinstance(data, dict):
        raise UsageError(f"The configuration file {path} holds no JSON object.")
    return data


def _number(settings: Mapping[str, Any], name: str, default: int | None, least: int) -> int | None:
    value = settings.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = least - 1
    if number < least:
        raise UsageError(f"{SETTINGS[name]} must be a whole number of at least {least}, not {value!r}.")
    return number


def make_config(settings: Mapping[str, Any]) -> ServerConfig:
    """What the settings ask for, as a server understands it."""
    entry = settings["entry_script"]
    if not entry:
        raise UsageError(
            "Either provide an entry_script using --entry_script or provide a path to the configuration file "
            "using --config_file",
            hint="aml-nb serve --entry_script score.py --model_dir .",
        )
    root = Path(settings["app_root"] or os.getcwd()).resolve()
    port = _number(settings, "port", DEFAULT_PORT, 1)
    health = _number(settings, "health_port", None, 1)
    separate = str(settings.get("separate_health") or "").lower() == "true"
    return ServerConfig(
        name="serve",
        app_root=str(root),
        entry_script=str(Path(root, entry)),
        source_directory=settings["source_directory"],
        model_dir=settings["model_dir"] or "",
        python=sys.executable,
        host=os.environ.get("AML_NB_SERVE_HOST", "127.0.0.1"),
        port=port,
        health_port=health if separate or health is not None else None,
        worker_count=_number(settings, "worker_count", 1, 1) or 1,
        scoring_timeout_ms=_number(settings, "scoring_timeout", 3_600_000, 1) or 3_600_000,
        cors_origins=settings["access_control_allow_origins"],
    )


def banner(settings: Mapping[str, Any], config: ServerConfig) -> str:
    """What that command prints before it serves."""
    health = config.health_port or config.port
    rows = {
        "Entry Script Name": config.entry_script,
        "Model Directory": config.model_dir or None,
        "Config File": settings["config_file"],
        "Worker Count": config.worker_count,
        "Worker Timeout (seconds)": None,
        "Server Port": config.port,
        "Health Port": health,
        "Application Insights Enabled": "false",
        "Application Insights Key": "****" if settings["appinsights_instrumentation_key"] else None,
        "Inferencing HTTP server version": f"aml_nb/{__version__}",
        "CORS for the specified origins": config.cors_origins,
        "Create dedicated endpoint for health": config.health_port is not None or None,
    }
    lines = [f"{name}: {value}" for name, value in rows.items()]
    return "\n".join(
        [
            f"\naml_nb scoring server v{__version__}\n\n",
            "Server Settings\n---------------",
            *lines,
            "\n\nServer Routes\n---------------",
            f"Liveness Probe: GET   {config.host}:{health}/",
            f"Score:          POST  {config.host}:{config.port}/score\n",
        ]
    )
