"""What ``datastore.upload`` costs beside the shell: ``cp -r`` of small files, ``cp`` and ``sha256sum`` of a large one.

    python -m benchmarks.upload [--rounds 5] [--files 10000] [--size 1000] [--folder DIR] [--json FILE] [--strict]

Each takes its turn on the same disk, after what was written before is synced, into a folder that is not there yet.
The upload goes to a workspace's default datastore and prints every file, as a notebook has it, to a file.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from benchmarks.common import BenchmarkError, machine, median, table, write_json

MANY_TIMES, LARGE_TIMES = 2.0, 1.5
SMALL_BYTES, A_FOLDER, MEGABYTE = 1000, 500, 1_000_000
NAMES = {
    "cp_many": "cp -r",
    "upload_many": "upload",
    "cp_large": "cp and sha256sum",
    "upload_large": "upload of one file",
}


def make_many(folder: Path, files: int) -> None:
    """Small files of random bytes in several folders."""
    generator = random.Random(0)
    for number in range(files):
        place = folder / f"part-{number // A_FOLDER:03d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06d}.csv").write_bytes(generator.randbytes(SMALL_BYTES))


def make_large(folder: Path, megabytes: int) -> None:
    """One file of random bytes."""
    folder.mkdir()
    generator = random.Random(0)
    with (folder / "large.bin").open("wb") as file:
        for _ in range(megabytes):
            file.write(generator.randbytes(MEGABYTE))


class Work:
    """The things that take turns; each puts what it copies at a path of its own."""

    def __init__(self, root: Path, files: int, megabytes: int) -> None:
        os.environ["AML_NB_HOME"] = str(root / "home")
        from aml_nb.core.workspace import Workspace

        self.root = root
        self.store = Workspace.create("bench", show_output=False).get_default_datastore()
        self.many, self.large = root / "many", root / "large"
        make_many(self.many, files)
        make_large(self.large, megabytes)
        self.expected = {self.many: files, self.large: 1}

    def cp_many(self) -> Path:
        """``cp -r`` of the small files."""
        subprocess.run(["cp", "-r", self.many, self.root / "copy"], check=True)
        return self.root / "copy"

    def cp_large(self) -> Path:
        """``cp`` of the large file, then its checksum."""
        target = self.root / "copy"
        target.mkdir()
        subprocess.run(["cp", self.large / "large.bin", target], check=True)
        subprocess.run(["sha256sum", target / "large.bin"], check=True, stdout=subprocess.DEVNULL)
        return target

    def upload_many(self) -> Path:
        """Our upload of the small files."""
        return self._upload(self.many)

    def upload_large(self) -> Path:
        """Our upload of the large file."""
        return self._upload(self.large)

    def _upload(self, source: Path) -> Path:
        with (self.root / "printed.txt").open("w") as printed, redirect_stdout(printed):
            self.store.upload(str(source), target_path="bench", overwrite=True, show_progress=True)
        return Path(self.store._local("bench"))


def timed(call: Callable[[], Path], source: Path, expected: int) -> float:
    """The seconds of one copy; what it made is counted, its bytes compared by size, and removed."""
    os.sync()
    started = time.perf_counter()
    made = call()
    took = time.perf_counter() - started
    sizes = sorted(path.stat().st_size for path in made.rglob("*") if path.is_file())
    if len(sizes) != expected or sum(sizes) != sum(p.stat().st_size for p in source.rglob("*") if p.is_file()):
        raise BenchmarkError(f"{made} does not hold what {source} does.")
    shutil.rmtree(made)
    return took


def measure(work: Work, rounds: int) -> dict[str, list[float]]:
    """The seconds of each in each round; one round before is not counted."""
    times: dict[str, list[float]] = {name: [] for name in NAMES}
    for number in range(rounds + 1):
        names = list(NAMES) if number % 2 else list(reversed(NAMES))
        for name in names:
            source = work.many if name.endswith("many") else work.large
            took = timed(getattr(work, name), source, work.expected[source])
            if number:
                times[name].append(took)
    return times


def results(times: dict[str, list[float]]) -> dict[str, float]:
    """The two ratios that have a target; the least times are what a neighbour disturbs least."""
    return {
        "many_over_cp": median(times["upload_many"]) / median(times["cp_many"]),
        "many_over_cp_least": min(times["upload_many"]) / min(times["cp_many"]),
        "large_over_cp_and_sha256sum": median(times["upload_large"]) / median(times["cp_large"]),
        "large_over_cp_and_sha256sum_least": min(times["upload_large"]) / min(times["cp_large"]),
    }


def report(times: dict[str, list[float]], figures: dict[str, float]) -> bool:
    """Print it; whether the targets were reached."""
    rows = [[NAMES[name], f"{median(took):.3f}", f"{min(took):.3f}"] for name, took in times.items()]
    print(table(["copy", "seconds", "least"], rows), end="\n\n")
    checks, reached = [], True
    for name, limit in (("many_over_cp", MANY_TIMES), ("large_over_cp_and_sha256sum", LARGE_TIMES)):
        good = figures[name] <= limit
        reached = reached and good
        values = [f"{figures[name]:.2f}", f"{figures[name + '_least']:.2f}"]
        checks.append([name.replace("_", " "), *values, f"{limit}", "reached" if good else "MISSED"])
    print(table(["figure", "measured", "least", "at most", ""], checks))
    return reached


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upload", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=1000, help="megabytes of the large file")
    parser.add_argument("--folder", help="where to copy, to measure another disk")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        times = measure(Work(Path(folder), options.files, options.size), options.rounds)
    print(f"{options.rounds} rounds; load average {os.getloadavg()[0]:.1f}\n")
    figures = results(times)
    reached = report(times, figures)
    data: dict[str, Any] = {"machine": machine(), "seconds": times, "figures": figures}
    write_json(options.json, data)
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
