"""What starting costs: ``aml-nb --help`` over bare Python, ``%load_ext aml_nb`` over IPython, beside jupysql's.

    python -m benchmarks.startup [--rounds 15] [--peer none] [--json FILE] [--strict]

Every command is a fresh process; they take turns, so that a busy moment meets all of them. IPython's own start
varies by more than an extension costs, so ``%load_ext`` is timed inside its process; its share is of the processor
time of the whole ``ipython -c pass``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import (
    ROOT,
    NotInstalledError,
    clean_environ,
    environment,
    machine,
    median,
    same_versions,
    table,
    write_json,
)

HELP_SECONDS = 0.2
LOAD_SHARE = 0.3
PEER = "jupysql"
CLI = "import sys; from aml_nb.cli import main; sys.exit(main())"
ASK = "_ = get_ipython().find_magic('deploy').__doc__"
LOAD = """\
import time
wall, cpu = time.perf_counter(), time.process_time()
get_ipython().run_line_magic("load_ext", "{}")
print("took", time.perf_counter() - wall, time.process_time() - cpu)
"""
WALL, CPU, LOAD_WALL, LOAD_CPU = range(4)
Times = dict[str, list[tuple[float, ...]]]


def commands(peer: Path | None) -> dict[str, list[str]]:
    """What is started, by name."""
    here = [sys.executable]
    found = {
        "python": [*here, "-c", "pass"],
        "aml-nb --help": [*here, "-c", CLI, "--help"],
        "aml-nb deploy --help": [*here, "-c", CLI, "deploy", "--help"],
        "ipython": ipython(here, "pass"),
        "ipython, %load_ext aml_nb": ipython(here, LOAD.format("aml_nb")),
        "ipython, %load_ext aml_nb, %deploy?": ipython(here, f"%load_ext aml_nb\n{ASK}"),
    }
    if peer is not None:
        found[f"ipython of {PEER}"] = ipython([str(peer)], "pass")
        found[f"ipython, %load_ext sql ({PEER})"] = ipython([str(peer)], LOAD.format("sql"))
    return found


def ipython(python: list[str], code: str) -> list[str]:
    """IPython running a cell and leaving."""
    return [*python, "-m", "IPython", "--no-banner", "--HistoryManager.enabled=False", "-c", code]


def seconds_of(command: list[str], environ: dict[str, str]) -> tuple[float, ...]:
    """How long one process takes from start to end, its processor time, and what it says its ``%load_ext`` took."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if process.returncode or "Error" in text:
        raise SystemExit(f"{' '.join(command)} failed:\n{text}")
    inside = next((line.split()[1:] for line in text.splitlines() if line.startswith("took ")), ["nan", "nan"])
    return took, usage.ru_utime + usage.ru_stime, *map(float, inside)


def measure(found: dict[str, list[str]], rounds: int) -> Times:
    """The seconds of each command in each round; one round before is not counted."""
    times: Times = {name: [] for name in found}
    with tempfile.TemporaryDirectory() as folder:
        environ = {**clean_environ(), "PYTHONPATH": str(ROOT), "IPYTHONDIR": folder, "AML_NB_HOME": folder}
        for number in range(rounds + 1):
            names = list(found)
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                took = seconds_of(found[name], environ)
                if number:
                    times[name].append(took)
    return times


def typical(times: Times, name: str, which: int) -> float:
    """The median over the rounds."""
    return median([took[which] for took in times[name]])


def results(times: Times) -> dict[str, float]:
    """The figures that have a target, and the peer's."""
    load = typical(times, "ipython, %load_ext aml_nb", LOAD_CPU)
    found = {
        "help_over_python_s": typical(times, "aml-nb --help", WALL) - typical(times, "python", WALL),
        "load_ext_s": typical(times, "ipython, %load_ext aml_nb", LOAD_WALL),
        "load_ext_cpu_s": load,
        "load_ext_share_of_ipython": load / typical(times, "ipython", CPU),
    }
    peer = f"ipython, %load_ext sql ({PEER})"
    if peer in times:
        found["peer_load_ext_s"] = typical(times, peer, LOAD_WALL)
        found["peer_load_ext_cpu_s"] = typical(times, peer, LOAD_CPU)
        share = found["peer_load_ext_cpu_s"] / typical(times, f"ipython of {PEER}", CPU)
        found["peer_load_ext_share_of_ipython"] = share
        found["peer_over_ours"] = found["peer_load_ext_cpu_s"] / load
    return found


def report(times: Times, figures: dict[str, float]) -> bool:
    """Print it; whether the targets were reached."""
    rows = []
    for name, took in times.items():
        wall, cpu = [t[WALL] for t in took], [t[CPU] for t in took]
        rows.append([name, *(f"{1000 * value:.0f}" for value in (median(wall), min(wall), median(cpu), min(cpu)))])
    print(table(["process", "wall ms", "least", "cpu ms", "least"], rows), end="\n\n")
    quick = figures["help_over_python_s"] <= HELP_SECONDS
    light = figures["load_ext_share_of_ipython"] <= LOAD_SHARE
    checks = [
        ["aml-nb --help over python, s", f"{figures['help_over_python_s']:.3f}", f"{HELP_SECONDS}", _word(quick)],
        ["%load_ext aml_nb, ms of processor", f"{1000 * figures['load_ext_cpu_s']:.1f}", "", ""],
        ["  as a share of ipython", f"{figures['load_ext_share_of_ipython']:.3f}", f"{LOAD_SHARE}", _word(light)],
    ]
    if "peer_over_ours" in figures:
        checks += [
            [f"%load_ext sql ({PEER}), ms of processor", f"{1000 * figures['peer_load_ext_cpu_s']:.1f}", "", ""],
            ["  as a share of its ipython", f"{figures['peer_load_ext_share_of_ipython']:.3f}", "", ""],
            [f"{PEER}'s %load_ext / aml_nb's", f"{figures['peer_over_ours']:.1f}", "", ""],
        ]
    print(table(["figure", "measured", "at most", ""], checks))
    return quick and light


def _word(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def peer_python(wanted: str) -> Path | None:
    """The interpreter of the peer's environment, or None with the reason said."""
    if wanted == "none":
        return None
    try:
        return environment(PEER, [PEER, *same_versions("ipython")])
    except NotInstalledError as error:
        print(f"{PEER} left out: {error}", file=sys.stderr)
        return None


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peer", choices=[PEER, "none"], default=PEER)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    times = measure(commands(peer_python(options.peer)), options.rounds)
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    figures = results(times)
    reached = report(times, figures)
    data: dict[str, Any] = {"machine": machine(), "seconds": times, "figures": figures}
    write_json(options.json, data)
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
