"""``partition_by``: rows in one folder for each combination of values."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aml_nb.core.data.datasets.definition import FILE, TABULAR, Definition
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.tabular.data_type import BOOL, TIME
from aml_nb.core.data.datasets.tabular.engine import literal
from aml_nb.core.data.datasets.tabular.registering import teller
from aml_nb.core.data.datasets.tabular.running import run
from aml_nb.core.data.datasets.tabular.targets import read_target
from aml_nb.core.data.datasets.tabular.writing import listed_names
from aml_nb.core.scratch import Scratch
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
    from aml_nb.core.data.datasets.tabular.engine import Engine
    from aml_nb.core.data.datasets.tabular.plan import Plan

_TIME, _SQL_TIME = "yyyy-MM-dd-HH-mm-ss", "%Y-%m-%d-%H-%M-%S"
_VALUE, _NONE = "v", "n"


def partition(
    dataset: TabularDataset, keys: Sequence[str], target: Any, name: str | None, show_progress: bool, as_files: bool
) -> Any:
    """Write the partitions and return the dataset of them; see ``TabularDataset.partition_by``.

    Raises
    ------
    UserErrorException : a key is no column, all columns are keys, or a value cannot be the name of a folder.
    """
    say = teller(show_progress)
    say("Validating arguments.")
    if strange := [key for key in keys if set(key) & set("{}:/")]:
        raise UserErrorException(f"The column {strange[0]!r} cannot be a partition key: its name has a sign of paths.")
    place = read_target(target).below(str(uuid.uuid4()))
    say("Arguments validated.")
    with Scratch("parts") as folder:
        out = os.path.join(folder, "parts")
        times = run(dataset._workspace, dataset._definition, lambda engine, plan: _write(engine, plan, list(keys), out))
        say(f"Uploading file to {place.source.path}")
        place.deliver(dict(_moves(out)))
    say("Successfully uploaded file to datastore.")
    form = "/" + "/".join(f"{{{key}:{_TIME}}}" if key in times else f"{{{key}}}" for key in keys) + "/*.parquet"
    source = place.below("**", "*.parquet").source
    read = {"partition_format": form}
    made: Any = FileDataset._create(Definition(FILE, (source,), read), place.workspace)
    if not as_files:
        made = dataset._create(Definition(TABULAR, (source,), {"format": "parquet", **read}), place.workspace)
    if name is not None:
        say("Creating and registering a new dataset.")
        made = made.register(place.workspace, name, create_new_version=True)
        say("Successfully created and registered a new dataset.")
    return made


def _write(engine: Engine, plan: Plan, keys: list[str], out: str) -> set[str]:
    """Write the rows below ``out``; which of the keys are times."""
    places = [plan.place(key) for key in keys]
    rest = [place for place in range(len(plan.columns)) if place not in places]
    if not rest:
        raise UserErrorException(
            "All columns are partition keys, so that nothing would be left for the files.", hint="give fewer keys"
        )
    texts = []
    for number, place in enumerate(places):
        sql, kind = f"c{place}", plan.columns[place].kind
        if kind == TIME:
            sql = f"strftime(CAST({sql} AS TIMESTAMP), '{_SQL_TIME}')"
        elif kind == BOOL:
            sql = f"CASE WHEN {sql} THEN 'True' WHEN NOT {sql} THEN 'False' END"
        # A sign before the value: what a folder without one is called differs from release to release.
        texts.append(f"coalesce('{_VALUE}' || CAST({sql} AS VARCHAR), '{_NONE}') AS amlnb_key_{number}")
    listed = listed_names([plan.columns[place].name for place in rest])
    renamed = ", ".join(f"c{old} AS c{new}" for new, old in enumerate(rest))
    both = f"SELECT {renamed}, {', '.join(texts)} FROM ({plan.sql})"
    by = ", ".join(f"amlnb_key_{number}" for number in range(len(keys)))
    query = f"SELECT {listed}, {by} FROM ({both})"
    engine.execute(f"COPY ({query}) TO {literal(out)} (FORMAT parquet, PARTITION_BY ({by}))")
    return {key for key, place in zip(keys, places, strict=True) if plan.columns[place].kind == TIME}


def _moves(out: str) -> list[tuple[str, str]]:
    """The files by the names that they get: the folders are the values alone."""
    moves = []
    for folder, _, files in os.walk(out):
        below = os.path.relpath(folder, out)
        values = [unquote(part.split("=", 1)[1]) for part in below.split(os.sep)] if below != "." else []
        for value in values:
            if value == _NONE or value[1:] in ("", ".", "..") or "/" in value or "\0" in value:
                shown = "None" if value == _NONE else repr(value[1:])
                raise UserErrorException(
                    f"A partition key has the value {shown}, which cannot be the name of a folder.",
                    hint="dataset.filter(~dataset['key'].is_null()), or another key",
                )
        moves += [("/".join([*(value[1:] for value in values), file]), os.path.join(folder, file)) for file in files]
    return moves
