"""One request without a server: ``python -m aml_nb.scoring.oneshot --entry FILE --model-dir FOLDER < body``.

With ``--service FOLDER``, what to load is what the ``service.json`` there says.

Prints one JSON object: what would have been answered (``status``, ``headers``, ``body``), what the script
printed (``stdout``), how long run() took (``ms``), and ``error`` where it could not be loaded, initialised or run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from typing import Any

from aml_nb.scoring.config import SERVICE_FILE, ServerConfig
from aml_nb.scoring.encode import encode
from aml_nb.scoring.entry_script import EntryScript
from aml_nb.scoring.process import worker_environment
from aml_nb.scoring.request import Reply, Request
from aml_nb.scoring.script_errors import ScoringError
from aml_nb.scoring.telemetry import WorkerLog
from aml_nb.scoring.worker import describe, prepare


def main(argv: list[str]) -> int:
    """Answer the body on standard input; 0 whatever becomes of it, for the JSON tells."""
    parser = argparse.ArgumentParser(prog="python -m aml_nb.scoring.oneshot")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--entry")
    what.add_argument("--service")
    parser.add_argument("--model-dir", default="")
    parser.add_argument("--method", default="POST")
    parser.add_argument("--content-type", default="application/json")
    args = parser.parse_args(argv)
    body = sys.stdin.buffer.read()
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 1)
        result = attempt(args, body)
        sys.stdout.flush()
        printed.seek(0)
        result["stdout"] = printed.read().decode(errors="replace")
    with answer:
        json.dump(result, answer)
    return 0


def configuration(args: argparse.Namespace) -> ServerConfig:
    """What to load; the variables of a service are set."""
    if args.service is None:
        root = os.environ.get("AML_APP_ROOT") or os.getcwd()
        entry = os.path.abspath(args.entry)
        return ServerConfig(name="sample", app_root=root, entry_script=entry, model_dir=args.model_dir)
    config = ServerConfig.read(os.path.join(args.service, SERVICE_FILE))
    os.environ.update(worker_environment(config))
    return config


def attempt(args: argparse.Namespace, body: bytes) -> dict[str, Any]:
    """Load, initialise and run; what came of it."""
    config = configuration(args)
    headers = {"content-type": args.content_type, "host": "localhost", "content-length": str(len(body))}
    try:
        script: EntryScript = prepare(config, WorkerLog(handle=os.open(os.devnull, os.O_WRONLY))).script
        started = time.perf_counter()
        reply = encode(script.invoke(Request(args.method, "/score", "", headers, body)))
        ms = (time.perf_counter() - started) * 1000
    except ScoringError as error:
        return {**_shown(error.reply()), "error": describe(error)}
    except Exception as error:
        return {"status": None, "headers": [], "body": "", "error": describe(error)}
    return {**_shown(reply), "ms": ms, "error": None}


def _shown(reply: Reply) -> dict[str, Any]:
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    headers = [("Content-Type", reply.content_type), *reply.headers]
    return {"status": reply.status, "headers": headers, "body": body.decode(errors="replace")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
