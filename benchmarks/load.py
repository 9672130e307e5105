"""Load one HTTP address on this machine: requests/s, p50, p99, and every error counted.

Each connection sends its next request when the answer to the last one is whole. An answer counts only when
its status is 200 and its body is the one expected (``--expect``, else that of the first answer):

    python benchmarks/load.py http://127.0.0.1:5001/score --connections 64 --seconds 5 --body @iris.json \
        --header "Authorization: Bearer KEY" --pin 1
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.generator import KEPT, Load
from benchmarks.outcome import Outcome, build_request
from benchmarks.wrk import run_wrk

MAX_SECONDS = 120.0
MAX_CONNECTIONS = 1024


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="load.py", description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--limit", type=int, default=KEPT, help="at most this many answers")
    parser.add_argument("--body", help="text, or @FILE; without it GET is sent")
    parser.add_argument("--expect", help="the body every answer must have: text, or @FILE")
    parser.add_argument("--header", action="append", default=[], metavar="'Name: value'")
    parser.add_argument("--pin", type=int, metavar="CORE", help="stay on this core (Linux)")
    parser.add_argument("--tool", choices=["own", "wrk"], default="own")
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON line")
    options = parser.parse_args(argv)
    if not 0 < options.seconds <= MAX_SECONDS or not 0 < options.connections <= MAX_CONNECTIONS:
        parser.error(f"at most {MAX_SECONDS:.0f} seconds and {MAX_CONNECTIONS} connections")
    if options.tool == "wrk" and shutil.which("wrk") is None:
        parser.error("wrk is not there: apt-get install wrk, brew install wrk, or leave --tool out")
    return options


def _content(text: str | None) -> bytes | None:
    if text is None:
        return None
    return Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()


def main(argv: list[str] | None = None) -> int:
    """Run one round and print it; 1 when anything but the expected answer came, 2 when nothing could be sent."""
    options = _arguments(argv)
    try:
        outcome = measure(options)
    except (OSError, ValueError) as error:
        print(f"{options.url}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(outcome)) if options.json else outcome.line())
    return 1 if outcome.errors or not outcome.requests else 0


def measure(options: argparse.Namespace) -> Outcome:
    """One round as the options say."""
    if options.pin is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.pin})
    body = _content(options.body)
    headers = {name.strip(): value.strip() for name, _, value in (h.partition(":") for h in options.header)}
    if options.tool == "wrk":
        return run_wrk(options.url, body, headers, options.connections, options.seconds)
    request = build_request(options.url, body, headers)
    load = Load(options.url, request, options.connections, _content(options.expect))
    return load.run(options.seconds, options.warmup, limit=options.limit)


if __name__ == "__main__":
    sys.exit(main())
