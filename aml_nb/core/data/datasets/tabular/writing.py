"""Rows as files: ``to_csv_files`` and ``to_parquet_files``."""

from __future__ import annotations

import atexit
import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aml_nb.core.data.datasets.definition import FILE, Definition, Source
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.tabular.data_type import BOOL, JSON, OBJECT
from aml_nb.core.data.datasets.tabular.engine import Engine, identifier, literal
from aml_nb.core.data.datasets.tabular.plan import Column, Plan
from aml_nb.core.data.datasets.tabular.running import run
from aml_nb.core.data.datasets.tabular.targets import managed
from aml_nb.core.data.datasets.tabular.trouble import warn
from aml_nb.core.scratch import Scratch

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset


def write_files(dataset: TabularDataset, form: str, separator: str = ",") -> FileDataset:
    """The rows as one file below ``managed-dataset`` of the workspace's default datastore.

    The same dataset of unchanged files is written once. Without a workspace it is a temporary file, which is gone
    when Python ends.
    """
    from aml_nb.core import current

    workspace = dataset._workspace or current.workspace()
    name = f"part-00000.{form}"
    if workspace is None:
        kept = Scratch("files")
        atexit.register(kept.close)
        write(dataset, os.path.join(kept.path, name), form, separator)
        return FileDataset._create(Definition(FILE, (Source(os.path.join(kept.path, name)),)))
    target = managed(workspace).below(_mark(dataset, form, separator))
    files = FileDataset._create(Definition(FILE, (target.below(name).source,)), workspace)
    local = target.datastore._local(target.below(name).source.path)
    if local is None or not local.is_file():
        with Scratch("files") as folder:
            write(dataset, os.path.join(folder, name), form, separator)
            target.deliver({name: os.path.join(folder, name)})
    return files


def write(dataset: TabularDataset, path: str, form: str, separator: str = ",") -> None:
    """Write the rows of a dataset to a file of this machine."""
    run(
        dataset._workspace,
        dataset._definition,
        lambda engine, plan: copy(engine, plan, path, form, separator),
    )


def copy(engine: Engine, plan: Plan, path: str, form: str, separator: str = ",") -> None:
    """Have the engine write the rows of a plan to a file."""
    if not plan.columns:
        open(path, "wb").close()
        return
    options = "FORMAT parquet" if form == "parquet" else f"FORMAT csv, HEADER true, DELIMITER {literal(separator)}"
    inner = _texts(plan) if form == "csv" else plan.sql
    engine.execute(f"COPY (SELECT {listed_names(plan.names)} FROM ({inner})) TO {literal(path)} ({options})")


def _texts(plan: Plan) -> str:
    """The query of a plan, its values as a CSV file has them."""
    listed = [f"{_text(f'c{place}', column)} AS c{place}" for place, column in enumerate(plan.columns)]
    return f"SELECT {', '.join(listed)} FROM ({plan.sql})"


def listed_names(names: Sequence[str]) -> str:
    """``c0``, ``c1``, … under these names."""
    _warn(names)
    return ", ".join(f"c{place} AS {identifier(name)}" for place, name in enumerate(names))


def _text(sql: str, column: Column) -> str:
    if column.kind == BOOL:
        return f"CASE WHEN {sql} THEN 'True' WHEN NOT {sql} THEN 'False' END"
    return f"to_json({sql})" if column.kind == OBJECT else f"CAST({sql} AS VARCHAR)" if column.kind == JSON else sql


def _warn(names: Sequence[str]) -> None:
    folded = [name.lower() for name in names]
    alike = [name for name in names if folded.count(name.lower()) > 1]
    if alike:
        warn(
            f"The columns {alike} differ in capital letters only, which the files cannot tell apart: the later ones "
            "get a number."
        )


def _mark(dataset: TabularDataset, form: str, separator: str) -> str:
    """A name for what is written: the same for the same operations on unchanged files."""
    changed = dataset.data_changed_time
    what = (dataset._definition.to_json(), changed.isoformat() if changed else os.urandom(16).hex(), form, separator)
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]
