"""What a job has done so far, and whether too much of it has failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aml_nb.engines.batch import journal
from aml_nb.engines.batch.spec import BatchSpec


def lost(facts: dict[str, Any]) -> int:
    """How many items of a mini-batch's record in the journal have failed."""
    if facts["kind"] == journal.FAILED:
        return int(facts["given"])
    return int(facts.get("short", max(facts["given"] - facts["returned"], 0)))


@dataclass
class Tally:
    """Counts of mini-batches, items and rows over all sessions of a job."""

    done: int = 0
    failed: int = 0
    items_done: int = 0
    items_failed: int = 0
    rows: int = 0
    retries: int = 0
    workers_lost: int = 0
    seconds: float = 0.0

    @property
    def items(self) -> int:
        """Items of mini-batches that are over."""
        return self.items_done + self.items_failed

    @property
    def batches(self) -> int:
        """Mini-batches that are over."""
        return self.done + self.failed

    def add(self, facts: dict[str, Any], times: int = 1) -> None:
        """Count a record of the journal; -1 times: as if it were not there."""
        if facts["kind"] == journal.DONE:
            short = lost(facts)
            self.done += times
            self.items_done += times * (facts["given"] - short)
            self.items_failed += times * short
            self.rows += times * facts["returned"]
        elif facts["kind"] == journal.FAILED:
            self.failed += times
            self.items_failed += times * lost(facts)
        self.retries += times * (facts.get("tries", 1) - 1)

    def passed(self, spec: BatchSpec, total: int | None) -> tuple[str, str]:
        """Which threshold was passed, in words, and what to change; empty when none was.

        Parameters
        ----------
        total : how many mini-batches there are, once all were given out: before, no percentage can be told.
        """
        if 0 <= spec.error_threshold < self.items_failed:
            read = "items" if total else "items so far"
            return (
                f"{self.items_failed} of {self.items} {read} failed, "
                f"which is above error_threshold, {spec.error_threshold}",
                "error_threshold=-1 (any number), or mend the script: errors.jsonl tells what failed",
            )
        if spec.allowed_failed_count is not None and self.failed > spec.allowed_failed_count:
            return (
                f"{self.failed} mini-batches failed, which is above allowed_failed_count, {spec.allowed_failed_count}",
                "a higher allowed_failed_count, or mend the script: errors.jsonl tells what failed",
            )
        if spec.allowed_failed_percent is not None and total:
            percent = 100 * self.failed / total
            if percent > spec.allowed_failed_percent:
                return (
                    f"{self.failed} of {total} mini-batches failed: {percent:.3g} % is above allowed_failed_percent, "
                    f"{spec.allowed_failed_percent:g}",
                    "a higher allowed_failed_percent, or mend the script: errors.jsonl tells what failed",
                )
        return "", ""
