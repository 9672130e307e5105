"""What ``benchmarks.scoring`` found, in tables and verdicts."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.common import machine, median, table
from benchmarks.peers.base import Workload

if TYPE_CHECKING:
    from benchmarks.scoring import Bench

TARGETS = {
    "iris": [("loop", ">=", 0.6), ("azureml-server", ">=", 4.5)]
    + [(name, ">", 1.0) for name in ("mlserver", "litserve", "bentoml", "mlflow")],
    "constant": [("azureml-server", ">=", 12.0)],
    "rows": [("loop", ">=", 0.9)],
}
"""For each workload: aml_nb's requests/s over whose, and what the quotient must be."""

COMPARE = {">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le}


class Verdict(NamedTuple):
    """One target: the quotient reached, the same by processor time where that makes sense, and the target."""

    what: str
    quotient: float
    by_cpu: float | None
    relation: str
    target: float

    @property
    def reached(self) -> bool:
        """Whether the quotient keeps the relation to the target."""
        return bool(COMPARE[self.relation](self.quotient, self.target))


def workload_table(bench: Bench, workload: Workload) -> str:
    """Medians over the rounds, a line for the limit and one for each server."""
    counts, first = workload.connections, workload.connections[0]
    header = ["", "req/s", "lowest", "highest", "CPU us", "of core"]
    header += [f"{name}@{count} ms" for count in counts for name in ("p50", "p99")] + ["generator"]
    rows = [[bench.loop_title, *_rates(bench.loops[workload.name]), *[""] * (2 * len(counts) + 1)]]
    for name, rounds in bench.outcomes[workload.name].items():
        row = [bench.peers[name].name, *_rates(rounds[first])]
        for count in counts:
            row += [f"{median([o[key] for o in rounds[count]]):.2f}" for key in ("p50_ms", "p99_ms")]
        busy = median([o["generator_cpu"] for o in rounds[first]])
        rows.append([*row, f"{busy:.0%} {rounds[first][0]['tool']}"])
    return f"{workload.title}, {first} connections\n{table(header, rows)}"


def _rates(rounds: Sequence[Mapping[str, Any]]) -> list[str]:
    """Requests/s (median, lowest, highest), processor time of one, and how much of the core was had."""
    rates, cpu = [o["rate"] for o in rounds], [o["server_cpu_us"] for o in rounds]
    share = median([rate * used / 1e6 for rate, used in zip(rates, cpu, strict=True)])
    shown = [f"{value:,.0f}" for value in (median(rates), min(rates), max(rates))]
    return [*shown, f"{median(cpu):,.{0 if median(cpu) > 10 else 2}f}", f"{share:.0%}"]


def verdicts(bench: Bench) -> list[Verdict]:
    """What must be reached, for whatever was measured."""
    found = []
    for workload, outcomes in bench.outcomes.items():
        for other, relation, target in bench.targets[workload]:
            if "aml" in outcomes and (other == "loop" or other in outcomes):
                title = "the loop" if other == "loop" else bench.peers[other].name
                quotient, by_cpu = bench.quotients(workload, other)
                found.append(Verdict(f"{workload}: requests/s over {title}", quotient, by_cpu, relation, target))
    peer = bench.peers["azureml-server"].name
    if {"aml", "azureml-server"} <= bench.outcomes.get("iris", {}).keys():
        few = bench.options.connections[-1]
        title = f"iris: p99 at {few} connections over {peer}"
        found.append(Verdict(title, bench.latency_quotient(few), None, "<", 1.0))
    if {"aml", "azureml-server"} <= bench.memory.keys():
        quotient = bench.memory["aml"] / bench.memory["azureml-server"]
        found.append(Verdict(f"memory over {peer}", quotient, None, "<=", 1.0))
    return found


def report(bench: Bench, workloads: Sequence[Workload]) -> bool:
    """Print the tables and the verdicts; True when every target was reached."""
    for workload in workloads:
        print(workload_table(bench, workload), end="\n\n")
    sizes = [[bench.peers[name].name, f"{size / 2**20:.0f}"] for name, size in bench.memory.items()]
    print(f"Memory of the process tree after 1 s of load\n{table(['', 'MiB'], sizes)}", end="\n\n")
    for name, reason in bench.missing.items():
        print(f"{bench.peers[name].name}: not measured, could not be installed: {reason}")
    found = verdicts(bench)
    rows = [
        [
            verdict.what,
            f"{verdict.quotient:.2f}",
            "" if verdict.by_cpu is None else f"{verdict.by_cpu:.2f}",
            f"{verdict.relation} {verdict.target:g}",
            "reached" if verdict.reached else "MISSED",
        ]
        for verdict in found
    ]
    print(table(["aml_nb, median of the rounds' quotients", "", "by CPU", "target", ""], rows))
    return all(verdict.reached for verdict in found)


def record(bench: Bench, workloads: Sequence[Workload]) -> dict[str, Any]:
    """Everything, for ``--json``."""
    return {
        "machine": machine(),
        "rounds": bench.options.rounds,
        "seconds": bench.options.seconds,
        "peers": {n: {"name": bench.peers[n].name, "note": bench.peers[n].note} for n in bench.options.peers},
        "not_installed": bench.missing,
        "memory_bytes": bench.memory,
        "loop": dict(bench.loops),
        "rounds_of": {w.name: bench.outcomes[w.name] for w in workloads},
        "verdicts": [{**v._asdict(), "reached": v.reached} for v in verdicts(bench)],
    }
