"""What ``to_pandas_dataframe`` costs beside the engine it stands on: ten million rows of Parquet and of CSV.

    python -m benchmarks.dataset [--rows 10000000] [--rounds 3] [--formats parquet,csv] [--json FILE] [--strict]

The rows are made by a seeded generator in a folder of temporary files: a number, a key, a fraction, a time and a
name. In each round DuckDB's own ``.df()`` on the file and the dataset take turns, each in a process that has just
begun, whose interpreter and libraries are loaded before the clock starts. Both answers are compared by their sums.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, BenchmarkError, clean_environ, machine, median, table, write_json

LIMIT = 1.2
FORMATS = ("parquet", "csv")
SIDES = ("duckdb", "aml_nb")
Times = dict[str, dict[str, list[float]]]


def generate(folder: Path, rows: int, seed: int = 4) -> dict[str, str]:
    """Write the same rows in each format; the paths."""
    import duckdb

    query = f"""
        SELECT i AS id, CAST(hash(i + {seed}) % 1000 AS BIGINT) AS key, (hash(i * 7 + {seed}) % 1000000) / 977.0 AS x,
            TIMESTAMP '2020-01-01' + to_seconds(CAST(i % 100000000 AS BIGINT)) AS at,
            'name ' || (hash(i * 3 + {seed}) % 5000) AS name
        FROM range({rows}) AS r(i)
    """
    paths = {form: str(folder / f"rows.{form}") for form in FORMATS}
    with duckdb.connect(":memory:") as connection:
        for form, path in paths.items():
            connection.execute(f"COPY ({query}) TO '{path}' (FORMAT {form})")
    return paths


def read_with_duckdb(form: str, path: str) -> Callable[[], Any]:
    """What the engine does by itself, at its best: it guesses what it is not told."""
    import duckdb

    connection = duckdb.connect(":memory:")
    reader = "read_parquet" if form == "parquet" else "read_csv"
    return lambda: connection.execute(f"SELECT * FROM {reader}('{path}')").df()


def read_with_aml_nb(form: str, path: str) -> Callable[[], Any]:
    """A dataset of the file."""
    from aml_nb.core.data.datasets.dataset import Dataset

    make = Dataset.Tabular.from_parquet_files if form == "parquet" else Dataset.Tabular.from_delimited_files
    dataset = make(path)
    return lambda: dataset.to_pandas_dataframe()


def work(side: str, form: str, path: str, small: str) -> dict[str, Any]:
    """Read a small file, so that all is loaded, and then the one that counts."""
    import warnings

    warnings.simplefilter("ignore")
    make = read_with_duckdb if side == "duckdb" else read_with_aml_nb
    make(form, small)()
    read = make(form, path)
    began = time.perf_counter()
    frame = read()
    took = time.perf_counter() - began
    sums = [len(frame), int(frame["id"].sum()), int(frame["key"].sum()), round(float(frame["x"].sum()))]
    return {"seconds": took, "sums": [*sums, str(frame["at"].max()), str(frame["name"].iloc[-1])]}


def measure(paths: dict[str, str], smalls: dict[str, str], rounds: int) -> Times:
    """The seconds of each side for each format; the sides take turns."""
    times: Times = {form: {side: [] for side in SIDES} for form in paths}
    for number in range(rounds):
        for form, path in paths.items():
            answers = {}
            for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                answers[side] = _in_a_process(side, form, path, smalls[form])
                times[form][side].append(answers[side]["seconds"])
            if answers["duckdb"]["sums"] != answers["aml_nb"]["sums"]:
                raise BenchmarkError(f"{form}: the two do not agree: {answers}")
    return times


def _in_a_process(side: str, form: str, path: str, small: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.dataset", "--work", side, form, path, small]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=clean_environ(), check=False)
    if done.returncode:
        raise BenchmarkError(f"{side} failed on {form}:\n{done.stderr[-1500:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def results(times: Times) -> dict[str, float]:
    """How many times the engine's own time a dataset takes, by format: the median of each round's quotient."""
    return {
        form: median([ours / theirs for ours, theirs in zip(took["aml_nb"], took["duckdb"], strict=True)])
        for form, took in times.items()
    }


def report(times: Times, figures: dict[str, float]) -> bool:
    """Print it; whether the limit was kept."""
    rows = []
    for form, took in times.items():
        rows += [[form, side, f"{median(took[side]):.2f}", f"{min(took[side]):.2f}"] for side in SIDES]
    print(table(["rows of", "who", "median s", "least s"], rows), end="\n\n")
    checks = [
        [
            f"to_pandas_dataframe / .df(), {form}",
            f"{figure:.2f}",
            f"{LIMIT}",
            "reached" if figure <= LIMIT else "MISSED",
        ]
        for form, figure in figures.items()
    ]
    print(table(["figure", "measured", "at most", ""], checks))
    return all(figure <= LIMIT for figure in figures.values())


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, the limit was not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dataset", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", default=",".join(FORMATS), help="which ones, with commas between")
    parser.add_argument("--folder", help="where to write (default: the folder of temporary files)")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when the limit is not kept")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.work:
        print(json.dumps(work(*options.work)))
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        small = Path(name) / "small"
        small.mkdir()
        wanted = options.formats.split(",")
        paths = {form: path for form, path in generate(Path(name), options.rows).items() if form in wanted}
        times = measure(paths, generate(small, 1000), options.rounds)
    print(f"{options.rows} rows, {options.rounds} rounds\n")
    figures = results(times)
    reached = report(times, figures)
    write_json(options.json, {"machine": machine(), "rows": options.rows, "seconds": times, "figures": figures})
    return 0 if reached or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
