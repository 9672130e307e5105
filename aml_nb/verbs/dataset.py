"""``%dataset``: names for data: tables and files of a datastore, of this machine, of the web."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from aml_nb.display.base import Card
from aml_nb.display.datasets import DatasetCard, DatasetTable, preview
from aml_nb.errors import UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_runs import find_dataset
from aml_nb.verbs.known import pairs
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %dataset                                       what is registered
  diabetes = %dataset register diabetes diabetes/*.csv --datastore workspaceblobstore
  %dataset register images ./images --description 'scanned digits' --tag source=lab
  %dataset register diabetes more.csv --create-new-version
  %dataset preview diabetes --rows 20
  %dataset show diabetes:1
  %dataset download images --into ./here
A table is made of .csv, .tsv, .txt, .parquet and .jsonl; anything else is files. --type says otherwise.""",
    "command": """examples:
  aml-nb dataset
  aml-nb dataset register diabetes ./diabetes.csv
  aml-nb dataset preview diabetes --json""",
}
TABULAR, FILE = "tabular", "file"
_SEPARATORS = {".csv": ",", ".txt": ",", ".tsv": "\t"}
_TABLES = (*_SEPARATORS, ".parquet", ".jsonl")


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list, name=None, tag=None, all_versions=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    listed = verbs.add_parser("list", help="what is registered")
    listed.add("name", metavar="NAME", nargs="?", completes="dataset", help="only this dataset")
    listed.add("--tag", metavar="KEY[=VALUE]", action="append", help="only those with this tag; may be given again")
    listed.add("--all-versions", action="store_true", help="every version, not the latest alone")
    listed.set_defaults(run=run_list)
    _named(verbs.add_parser("show", help="one dataset: where its data is, and how it is read"), run_show)
    seen = verbs.add_parser("preview", help="its first rows, or files")
    seen.add("--rows", metavar="N", type=int, default=5, help="how many (5)")
    _named(seen, run_preview)
    register = verbs.add_parser("register", help="give data a name")
    register.add("name", metavar="NAME", help="what to call it")
    register.add(
        "path", metavar="PATH", nargs="+", completes="file",
        help="files, folders or patterns such as data/*.csv, or addresses",
    )  # fmt: skip
    register.add("--datastore", metavar="NAME", completes="datastore", help="the paths are in this datastore")
    register.add("--type", choices=(TABULAR, FILE), help="a table or files; default: by the names of the files")
    register.add("--description", metavar="TEXT", help="what it is")
    register.add("--tag", metavar="KEY=VALUE", action="append", help="a tag; may be given again")
    register.add("--create-new-version", action="store_true", help="a new version, where there is one of that name")
    register.set_defaults(run=run_register)
    download = verbs.add_parser("download", help="copy its files into a folder")
    download.add("--into", metavar="FOLDER", default=os.curdir, completes="folder", help="the folder (this one)")
    download.add("--overwrite", action="store_true", help="replace files that are there")
    _named(download, run_download)
    _named(verbs.add_parser("unregister", help="forget all versions of a name; the data stays"), run_unregister)


def _named(parser: Any, run: Any) -> None:
    parser.add("name", metavar="NAME[:VERSION]", completes="dataset", help="the dataset")
    parser.set_defaults(run=run)


def run_list(args: Namespace, context: Context) -> Any:
    """The latest version of each, or all versions."""
    workspace = context.workspace
    if args.name is not None:
        find_dataset(workspace, args.name)  # says what is near where there is none
    names = [args.name] if args.name is not None else list(workspace.datasets)
    found = []
    for name in names:
        versions = workspace._store.versioned("dataset").versions(name)
        wanted = versions if args.all_versions else versions[-1:]
        found += [find_dataset(workspace, f"{name}:{version}") for version in wanted]
    return DatasetTable([each for each in found if _has(each.tags or {}, args.tag or [])])


def run_show(args: Namespace, context: Context) -> Any:
    """One of them."""
    return _card(context, find_dataset(context.workspace, args.name))


def run_preview(args: Namespace, context: Context) -> Any:
    """The beginning of what is in it."""
    if args.rows < 1:
        raise UsageError(f"--rows {args.rows}: at least one", hint="--rows 5")
    return preview(find_dataset(context.workspace, args.name), args.rows)


def run_register(args: Namespace, context: Context) -> Any:
    """Register it; returns the dataset."""
    dataset = _made(args, context)
    return dataset.register(
        context.workspace,
        args.name,
        description=args.description,
        tags=pairs(args.tag, "--tag"),
        create_new_version=args.create_new_version,
    )


def run_download(args: Namespace, context: Context) -> Any:
    """Copy its files."""
    dataset = find_dataset(context.workspace, args.name)
    if not hasattr(dataset, "to_path"):
        raise UsageError(
            f"{dataset.name} is a table: it has rows, not files", hint=f"ws.datasets[{dataset.name!r}].to_csv_files()"
        )
    files = dataset.download(args.into, overwrite=args.overwrite)
    count = f"{len(files)} file was" if len(files) == 1 else f"{len(files)} files were"
    notes = [f"{count} copied into {args.into}"]
    return Card("dataset", dataset.name, [], None, notes, {"name": dataset.name, "files": list(files)})


def run_unregister(args: Namespace, context: Context) -> Any:
    """Forget a name."""
    name, colon, _ = str(args.name).partition(":")
    if colon:
        raise UsageError(f"{args.name}: versions are forgotten together, as in v1", hint=f"%dataset unregister {name}")
    find_dataset(context.workspace, name).unregister_all_versions()
    return Card("dataset", name, [], "unregistered", ["its data stays where it is"], {"name": name})


def _made(args: Namespace, context: Context) -> Any:
    """The dataset of the paths, not registered yet."""
    from aml_nb.core.data.datasets.dataset import Dataset
    from aml_nb.verbs.datastore import find

    paths: Any = list(args.path)
    ending = _ending(paths)
    if args.datastore is not None:
        store = find(context, args.datastore)
        paths = [(store, path) for path in paths]
    if args.type == FILE or (args.type is None and ending is None):
        return Dataset.File.from_files(paths)
    if ending == ".parquet":
        return Dataset.Tabular.from_parquet_files(paths)
    if ending == ".jsonl":
        return Dataset.Tabular.from_json_lines_files(paths)
    return Dataset.Tabular.from_delimited_files(paths, separator=_SEPARATORS.get(ending or "", ","))


def _ending(paths: list[str]) -> str | None:
    """The ending of tables that all paths have; None where they are files of anything."""
    endings = {os.path.splitext(path.partition("?")[0].removesuffix(".gz"))[1].lower() for path in paths}
    found = endings.pop() if len(endings) == 1 else None
    return found if found in _TABLES else None


def _has(tags: dict[str, str], wanted: list[str]) -> bool:
    """Whether the tags are among a dataset's: a key, or a key and its value."""
    for text in wanted:
        key, equals, value = text.partition("=")
        if key not in tags or (equals and tags[key] != value):
            return False
    return True


def _card(context: Context, dataset: Any) -> DatasetCard:
    return DatasetCard(dataset, context.workspace._store.versioned("dataset").versions(dataset.name))
