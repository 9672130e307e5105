"""A batch job with a script and files of its own, for tests with real worker processes."""

from __future__ import annotations

import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

from aml_nb.engines.batch import BatchSpec, BatchSummary, run_batch
from aml_nb.engines.batch.errors_log import read_errors

GOOD = "def run(mini_batch):\n    return [open(path).read() for path in mini_batch]\n"


class Job:
    """A folder with ``score.py``, ``data`` and the job."""

    def __init__(self, top: Path, script: str = GOOD, files: int = 20) -> None:
        self.top, self.folder, self.data = top, top / "job", top / "data"
        self.source = top / "source"
        self.source.mkdir()
        self.data.mkdir()
        self.write(script)
        for number in range(files):
            (self.data / f"{number:05d}").write_text(str(number))
        self.said: list[str] = []

    def write(self, script: str) -> None:
        """Make this the entry script."""
        (self.source / "score.py").write_text(textwrap.dedent(script))

    def spec(self, **more: Any) -> BatchSpec:
        facts = {"mini_batch_size": 2, "processes": 2, "variables": {"TOP": str(self.top)}, **more}
        source = {"kind": "folder", "path": str(self.data)}
        return BatchSpec(**{"source": source, "entry_script": "score.py", "source_directory": str(self.source)} | facts)

    def run(self, **more: Any) -> BatchSummary:
        return run_batch(self.spec(**more), self.folder, tell=self.said.append)

    def rows(self) -> list[str]:
        return sorted((self.folder / "parallel_run_step.txt").read_text().splitlines())

    def whole(self, files: int = 20) -> bool:
        """Whether the output has every row exactly once."""
        return Counter(self.rows()) == Counter(str(number) for number in range(files))

    def errors(self) -> list[dict[str, Any]]:
        return list(read_errors(self.folder / "errors.jsonl"))

    def log(self, kind: str) -> str:
        """All that workers wrote to "stdout" or "stderr"."""
        return "".join(path.read_text() for path in sorted((self.folder / "logs/user" / kind / "0").iterdir()))
