"""``aml-nb serve``: the scoring server in the foreground, called as azureml-inference-server-http's command is."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.errors import UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "command": """environment:
  AZUREML_ENTRY_SCRIPT, AZUREML_MODEL_DIR, AML_APP_ROOT, SERVER_PORT, HEALTH_PORT, WORKER_COUNT,
  SCORING_TIMEOUT_MS, AML_CORS_ORIGINS, AML_APP_INSIGHTS_KEY, AZUREML_CONFIG_FILE
  An option goes before the environment, the environment before the configuration file (JSON).
examples:
  aml-nb serve --entry_script score.py --model_dir models
  aml-nb serve --entry_script score.py --port 8890 --worker_count 2"""
}


def declare(parser: Parser, surface: str) -> None:
    """The options of ``azmlinfsrv``; with hyphens they are understood too."""
    parser.set_defaults(run=run)
    _option(parser, "entry_script", metavar="FILE", completes="python", help="the entry script")
    _option(parser, "model_dir", metavar="FOLDER", completes="folder", help="what AZUREML_MODEL_DIR is to be")
    _option(parser, "port", metavar="N", type=port, help="where to answer (5001)")
    _option(parser, "worker_count", metavar="N", type=workers, help="how many processes answer (1)")
    _option(parser, "appinsights_instrumentation_key", metavar="KEY", help="kept; telemetry stays on this machine")
    _option(parser, "access_control_allow_origins", metavar="ORIGINS", help="origins that browsers may call from")
    _option(parser, "health_port", metavar="N", type=port, help="answer health checks on a port of their own")
    _option(parser, "config_file", metavar="FILE", completes="file", help="settings, as JSON")


def _option(parser: Parser, name: str, **kwargs: Any) -> None:
    parser.add(f"--{name}", f"--{name.replace('_', '-')}", dest=name, **kwargs)


def port(text: str) -> int:
    """A port that a server may listen on."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise UsageError(f"the port must be a number from 1 to 65535, not {text!r}", hint="--port 5001")
    return int(text)


def workers(text: str) -> int:
    """A number of processes."""
    if not text.isdigit() or int(text) < 1:
        raise UsageError(f"the worker count must be at least 1, not {text!r}", hint="--worker_count 1")
    return int(text)


def run(args: Namespace, context: Context) -> int:
    """Serve until interrupted; the exit code."""
    from aml_nb.scoring import serve

    return int(serve.main(args) or 0)
