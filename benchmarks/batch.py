"""What scoring files in batch costs, beside plain joblib and a forked pool that do the same without any guarantee.

    python -m benchmarks.batch [--files 20000] [--small 2000] [--rounds 5] [--json FILE] [--strict]
    python -m benchmarks.batch --flat [--files 1000000]
    python -m benchmarks.batch --dask [--files 1200] [--rounds 5]

Files of one row each, the tutorial's script (``np.genfromtxt`` a file, ``model.predict`` a file), mini-batches of 50,
two worker processes. Each measurement is a process of its own, from its start to its end, by turns: the imports, the
model and the workers' start are in it. The peers are told where the model is; aml_nb asks the registry, keeps a
journal, tries again, writes progress. All rows are compared. ``--flat`` shows how the cost of a file and the memory of
the driver behave as there are more of them; ``--dask`` how much faster two Dask workers are than one.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, BenchmarkError, machine, median, table, write_json

LIMITS = {"joblib": 1.1, "fork": 1.0}
FLAT, MEMORY_MB = 1.2, 300
SIZE, WORKERS, MODEL = 50, 2, "classification_model"
SCRIPT = f"""\
import os
import numpy as np
from azureml.core import Model
import joblib

def init():
    global model
    model_path = Model.get_model_path({MODEL!r})
    model = joblib.load(model_path)

def run(mini_batch):
    result_list = []
    for f in mini_batch:
        data = np.genfromtxt(f, delimiter=',')
        prediction = model.predict(data.reshape(1, -1))
        result_list.append("{{}}: {{}}".format(os.path.basename(f), prediction[0]))
    return result_list
"""
PEER_SCRIPT = SCRIPT.replace("from azureml.core import Model\n", "").replace(
    f"Model.get_model_path({MODEL!r})", "os.environ['BENCH_MODEL']"
)
Sample = dict[str, float]


def aml(folder: Path, data: Path, output: Path) -> None:
    """The batch driver."""
    from aml_nb.engines.batch import BatchSpec, run_batch

    spec = BatchSpec(
        source={"kind": "folder", "path": str(data)},
        entry_script="script.py",
        source_directory=str(folder / "source"),
        mini_batch_size=SIZE,
        processes=WORKERS,
        output=str(output),
    )
    with tempfile.TemporaryDirectory(dir=folder) as job:
        summary = run_batch(spec, Path(job))
    if summary.status != "Completed" or summary.failed:
        raise BenchmarkError(f"the job ended so: {summary}")


def _groups(data: Path) -> list[list[str]]:
    paths = [entry.path for entry in os.scandir(data)]
    return [paths[start : start + SIZE] for start in range(0, len(paths), SIZE)]


def _write(output: Path, results: list[list[str]]) -> None:
    with output.open("w") as file:
        for rows in results:
            file.writelines(f"{row}\n" for row in rows)


def _scored(paths: list[str]) -> list[str]:
    """In a worker of joblib's: the script, imported once a process."""
    sys.path.insert(0, os.environ["BENCH_PEER"])
    import peer_script  # type: ignore[import-not-found]

    if not hasattr(peer_script, "model"):
        peer_script.init()
    rows: list[str] = peer_script.run(paths)
    return rows


def loky(folder: Path, data: Path, output: Path) -> None:
    """joblib's default back end."""
    from joblib import Parallel, delayed

    _write(output, Parallel(n_jobs=WORKERS, batch_size=1)(delayed(_scored)(paths) for paths in _groups(data)))


def fork(folder: Path, data: Path, output: Path) -> None:
    """A forked pool of multiprocessing's, whose parent has loaded the model."""
    import multiprocessing

    sys.path.insert(0, os.environ["BENCH_PEER"])
    import peer_script

    peer_script.init()
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        _write(output, list(pool.imap_unordered(peer_script.run, _groups(data))))


SIDES: dict[str, Callable[[Path, Path, Path], None]] = {"aml_nb": aml, "joblib": loky, "fork": fork}


class Bench:
    """A folder with the model, the scripts and the files, and what is started there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[int, Path] = {}
        self.environ = {**os.environ, "AML_NB_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
        self.environ["BENCH_PEER"] = str(folder / "peer")
        for name, file, text in (
            ("source", "script.py", SCRIPT),
            ("peer", "peer_script.py", PEER_SCRIPT),
        ):
            (folder / name).mkdir()
            (folder / name / file).write_text(text)
        self._register()

    def _register(self) -> None:
        import joblib
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression

        os.environ["AML_NB_HOME"] = self.environ["AML_NB_HOME"]
        from aml_nb.core.model import Model
        from aml_nb.core.workspace import Workspace

        path = self.folder / "model.pkl"
        rows, kinds = load_iris(return_X_y=True)
        joblib.dump(LogisticRegression(max_iter=500).fit(rows, kinds), path)
        workspace = Workspace.create("bench", show_output=False)
        Model.register(workspace, str(path), MODEL)
        self.environ |= {"AML_NB_WORKSPACE": str(workspace._folder), "BENCH_MODEL": str(path)}

    def make(self, count: int) -> Path:
        """So many files of one row."""
        if count not in self.files:
            folder, dice = self.folder / f"data-{count}", random.Random(count)
            folder.mkdir()
            for number in range(count):
                row = ",".join(f"{dice.uniform(0, 8):.1f}" for _ in range(4))
                with open(folder / f"{number:07d}.csv", "w") as file:
                    file.write(f"{row}\n")
            self.files[count] = folder
        return self.files[count]

    def measure(self, side: str, count: int) -> Sample:
        """One process: wall and processor time, memory of the driver, and whether all rows are there."""
        data, output = self.make(count), self.folder / "output.txt"
        command = [sys.executable, "-m", "benchmarks.batch", "--side", side, str(self.folder), str(data), str(output)]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise BenchmarkError(f"{side} failed: {done.stderr[-2000:]}")
        self.check(output, count)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"wall": wall, "cpu": cpu, "memory_mb": float(done.stdout.split()[-1])}

    def check(self, output: Path, count: int) -> None:
        """Every file must have its one row."""
        with output.open() as file:
            names = [line.split(":")[0] for line in file]
        rows, found = len(names), set(names)
        if rows != count or len(found) != count:
            raise BenchmarkError(f"{rows} rows of {len(found)} files for {count} files")


def compare(bench: Bench, counts: list[int], rounds: int) -> dict[str, Any]:
    """All sides by turns."""
    samples: dict[str, Any] = {str(count): {side: [] for side in SIDES} for count in counts}
    for count in counts:
        for number in range(rounds):
            order = list(SIDES)[number % len(SIDES) :] + list(SIDES)[: number % len(SIDES)]
            for side in order:
                samples[str(count)][side].append(bench.measure(side, count))
    return samples


def quotient(samples: dict[str, list[Sample]], peer: str, what: str) -> float:
    """The median of each round's."""
    return median([a[what] / b[what] for a, b in zip(samples["aml_nb"], samples[peer], strict=True)])


def report(samples: dict[str, Any]) -> bool:
    """Print the figures; whether the targets were reached."""
    rows, checks, reached = [], [], True
    for count, sides in samples.items():
        for side, taken in sides.items():
            wall, cpu = median([s["wall"] for s in taken]), median([s["cpu"] for s in taken])
            each = f"{1e6 * wall / int(count):.0f}"
            rows.append([f"{int(count):,} files", side, f"{wall:.2f}", f"{cpu:.2f}", each])
    first, *others = samples
    for count, peer in [(first, "joblib"), *((other, "fork") for other in others or [first])]:
        figure = quotient(samples[count], peer, "wall")
        reached = reached and figure <= LIMITS[peer]
        verdict = "reached" if figure <= LIMITS[peer] else "MISSED"
        by_cpu = f"{quotient(samples[count], peer, 'cpu'):.2f}"
        checks.append([f"aml_nb / {peer}, {int(count):,} files", f"{figure:.2f}", by_cpu, f"{LIMITS[peer]}", verdict])
    print(table(["input", "who", "wall s", "CPU s", "us a file"], rows), end="\n\n")
    print(table(["quotient", "by wall", "by CPU", "at most", ""], checks))
    return reached


def flat(bench: Bench, most: int) -> tuple[dict[str, Any], bool]:
    """The cost of a file and the driver's memory for more and more files, by the tutorial's script."""
    samples = {str(count): bench.measure("aml_nb", count) for count in sorted({2_000, 20_000, most})}
    counts = [int(count) for count in samples]
    start, rows, costs = samples[str(counts[0])], [], []
    for count in counts:
        taken = samples[str(count)]
        costs.append(taken["cpu"] / count)
        # What each file beyond the first 2,000 has added: without the start of the workers.
        more = (taken["wall"] - start["wall"]) / max(count - counts[0], 1)
        rows.append(
            [f"{count:,}", f"{taken['wall']:.1f}", f"{1e6 * taken['wall'] / count:.0f}", f"{1e6 * costs[-1]:.0f}"]
            + [f"{1e6 * more:.0f}" if more else "", f"{taken['memory_mb']:.0f}"]
        )
    ratio, memory = samples[str(most)]["wall"] / most / (start["wall"] / counts[0]), samples[str(most)]["memory_mb"]
    print(table(["files", "wall s", "us a file", "CPU us a file", "us a further", "driver MB"], rows), end="\n\n")
    good = ratio <= FLAT and memory <= MEMORY_MB
    print(f"a file of {most:,} costs {ratio:.2f} times one of 2,000 (at most {FLAT}); the driver held {memory:.0f} MB")
    return samples, good


def side(name: str, folder: str, data: str, output: str) -> None:
    """In a process of its own: do it, and say how much memory this process has held."""
    SIDES[name](Path(folder), Path(data), Path(output))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _dask(folder: Path, options: argparse.Namespace) -> int:
    from benchmarks import batch_dask

    files = options.files or batch_dask.FILES
    samples = batch_dask.measure(folder, options.rounds, files)
    reached = batch_dask.report(samples, files)
    write_json(options.json, {"machine": machine(), "rounds": samples})
    return 0 if reached or not options.strict else 1


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=str(__doc__).splitlines()[0])
    parser.add_argument("--files", type=int, help="20,000 unless told; with --flat 1,000,000, --dask 1,200")
    parser.add_argument("--small", type=int, default=2_000, help="files of the second comparison")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--flat", action="store_true", help="more and more files instead of peers")
    parser.add_argument("--dask", action="store_true", help="two Dask workers over one instead of peers")
    parser.add_argument("--folder", help="where to write (default: the folder of temporary files)")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument("--side", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.side:
        side(*options.side)
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        if options.dask:
            return _dask(Path(name), options)
        bench = Bench(Path(name))
        if options.flat:
            samples, reached = flat(bench, options.files or 1_000_000)
        else:
            samples = compare(bench, [options.files or 20_000, options.small], options.rounds)
            reached = report(samples)
    write_json(options.json, {"machine": machine(), "samples": samples})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
