"""What a batch job is told, and what it says when it has ended: two values, both JSON.

A job has a folder. ``run_batch`` with the same specification on the same folder goes on where it was.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from aml_nb.errors import AmlError

SPEC_FILE = "spec.json"
SUMMARY_FILE = "summary.json"
PROGRESS_FILE = "progress.json"
ERRORS_FILE = "errors.jsonl"
JOURNAL_FILE = "journal"
ITEMS_FILE = "items"
LOGS = "logs"

APPEND_ROW = "append_row"
SUMMARY_ONLY = "summary_only"
OUTPUT = "parallel_run_step.txt"

COMPLETED, FAILED, CANCELED = "Completed", "Failed", "Canceled"


class BatchError(AmlError):
    """A batch job that cannot be begun: what it was given is wrong, or another process drives it."""

    code, status = "batch", 400


@dataclass(frozen=True)
class BatchSpec:
    """Everything about one batch job.

    Parameters
    ----------
    source : where the items come from (``sources.py``): ``{"kind": "paths", "file": …}``,
        ``{"kind": "folder", "path": …, "pattern": "*"}``, or ``{"kind": "package.module:function", …}``, which is
        called with this dictionary and the specification and returns a ``Source``.
    entry_script : its path, relative to ``source_directory`` or absolute.
    source_directory : where the script runs; it is the first on its ``sys.path``.
    python : the interpreter of the environment; this one when empty.
    arguments : what the script finds in ``sys.argv[1:]``.
    variables : environment variables that the workers have besides those of this process; None takes one away.
    mini_batch_size : how many files; a source of rows has its own idea of size.
    processes : how many workers (nodes times processes per node); the cores of this machine when 0.
    output_action : "append_row" or "summary_only".
    output : the path of the file of all rows; ``parallel_run_step.txt`` in the job's folder when empty.
    error_threshold : how many items may fail; -1: any number.
    allowed_failed_count, allowed_failed_percent : how many mini-batches may fail; None: not looked at.
    run_invocation_timeout : seconds that ``run()`` has for a mini-batch.
    run_max_try : how often a mini-batch is tried.
    init_timeout : seconds that the script has for its imports and ``init()``.
    logging_level : of ``EntryScript().logger``.
    memory_limit_mb : a worker that holds more after a mini-batch is replaced; 0: none is.
    node : how the workers of this machine are named in ``logs``.
    output_folder : what ``EntryScript().output_dir`` says: side files of the script.
    """

    source: dict[str, Any]
    entry_script: str
    source_directory: str
    python: str = ""
    arguments: list[str] = field(default_factory=list)
    variables: dict[str, str | None] = field(default_factory=dict)
    mini_batch_size: int = 10
    processes: int = 0
    output_action: str = APPEND_ROW
    output: str = ""
    error_threshold: int = -1
    allowed_failed_count: int | None = None
    allowed_failed_percent: float | None = None
    run_invocation_timeout: float = 60
    run_max_try: int = 3
    init_timeout: float = 3600
    logging_level: str = "INFO"
    memory_limit_mb: int = 0
    node: str = "0"
    output_folder: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BatchSpec:
        """From what ``to_dict`` made; keys that a newer version added are ignored."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})

    @classmethod
    def read(cls, folder: str | Path) -> BatchSpec:
        """The specification of the job in a folder."""
        with open(Path(folder) / SPEC_FILE, encoding="utf-8") as file:
            return cls.from_dict(json.load(file))

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def script(self) -> str:
        """The absolute path of the entry script."""
        return os.path.abspath(os.path.join(self.source_directory, self.entry_script))

    @property
    def workers(self) -> int:
        """How many worker processes."""
        return self.processes or os.cpu_count() or 1

    def check(self) -> None:
        """Refuse what no job can be made of.

        Raises
        ------
        BatchError : which part is wrong, and what it may be.
        """
        for name, least in (("mini_batch_size", 1), ("processes", 0), ("run_max_try", 1), ("error_threshold", -1)):
            if getattr(self, name) < least:
                raise BatchError(f"{name} is {getattr(self, name)}; it is {least} at least")
        for name in ("run_invocation_timeout", "init_timeout"):
            if not getattr(self, name) > 0:
                raise BatchError(f"{name} is {getattr(self, name)}; it is a number of seconds above 0")
        if self.allowed_failed_percent is not None and not 0 <= self.allowed_failed_percent <= 100:
            raise BatchError(f"allowed_failed_percent is {self.allowed_failed_percent}; it is between 0 and 100")
        if self.output_action not in (APPEND_ROW, SUMMARY_ONLY):
            raise BatchError(
                f"output_action is {self.output_action!r}; it is {APPEND_ROW!r} or {SUMMARY_ONLY!r}",
                hint=f"output_action={APPEND_ROW!r}",
            )


@dataclass(frozen=True)
class BatchSummary:
    """How a job ended.

    Attributes
    ----------
    status : "Completed", "Failed" or "Canceled".
    message, hint, error : why it failed: a sentence, the next thing to type, and the facts of the error that did it
        (``message``, ``file``, ``line``, ``first``, ``lines``, ``traceback``).
    batches, items : how many there were, as far as the input was read.
    done, failed : mini-batches.
    items_done, items_failed : files or rows; those of failed mini-batches, and those that ``run`` returned too few of.
    rows : how many rows the output has.
    retries : tries beyond the first.
    workers_lost : how often a worker died, hung or was replaced.
    seconds : of all sessions together.
    resumed : how many mini-batches an earlier session had done.
    output : the file of all rows; empty when there is none.
    """

    status: str
    message: str = ""
    hint: str = ""
    error: dict[str, Any] | None = None
    batches: int = 0
    done: int = 0
    failed: int = 0
    items: int = 0
    items_done: int = 0
    items_failed: int = 0
    rows: int = 0
    retries: int = 0
    workers_lost: int = 0
    seconds: float = 0.0
    resumed: int = 0
    output: str = ""

    @classmethod
    def read(cls, folder: str | Path) -> BatchSummary | None:
        """The summary of the job in a folder; None where it has not ended."""
        try:
            with open(Path(folder) / SUMMARY_FILE, encoding="utf-8") as file:
                data = json.load(file)
        except FileNotFoundError:
            return None
        known = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)
