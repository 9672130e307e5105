"""The tables of a workspace, and how an older database becomes a newer one.

Every row carries its workspace's id, so that one PostgreSQL database can hold a whole class.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _seq() -> Column[int]:
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("seq", kind, primary_key=True, autoincrement=True)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

records = Table(
    "records",
    metadata,
    _seq(),
    Column("workspace", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("workspace", "kind", "name"),
)

versions = Table(
    "versions",
    metadata,
    _seq(),
    Column("workspace", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("workspace", "kind", "name", "version"),
)

# A number once given is never given again, also when what had it is deleted.
counters = Table(
    "counters",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)

models = Table(
    "models",
    metadata,
    _seq(),
    Column("workspace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("framework", Text),
    Column("run_id", Text),
    Column("tags", Text, nullable=False),
    Column("properties", Text, nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("workspace", "name", "version"),
    Index("models_run", "workspace", "run_id"),
)

files = Table(
    "files",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Index("files_sha256", "workspace", "sha256"),
)

runs = Table(
    "runs",
    metadata,
    _seq(),
    Column("workspace", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("experiment", Text, nullable=False),
    Column("experiment_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent_id", Text),
    Column("root_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("started", BigInteger),
    Column("ended", BigInteger),
    Column("target", Text),
    Column("run_type", Text),
    Column("display_name", Text),
    Column("description", Text),
    Column("tags", Text, nullable=False),
    Column("properties", Text, nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("workspace", "run_id"),
    Index("runs_experiment", "workspace", "experiment_id", "seq"),
    Index("runs_parent", "workspace", "parent_id", "seq"),
    Index("runs_root", "workspace", "root_id", "seq"),
    Index("runs_target", "workspace", "target", "seq"),
    Index("runs_status", "workspace", "status", "seq"),
)

# Bytes that may be removed once nothing refers to them; written in the transaction that drops the reference.
doomed = Table(
    "doomed",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
)


def _create_first(connection: Connection) -> None:
    metadata.create_all(connection, tables=[meta, records, versions, counters, models, files, doomed])


def _add_runs(connection: Connection) -> None:
    metadata.create_all(connection, tables=[runs])


# Step n makes a database of version n out of one of version n - 1. Steps are only ever appended.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_create_first, _add_runs)
SCHEMA_VERSION = len(MIGRATIONS)
