"""``%datastore``: the places for data; files go in and out."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from aml_nb.display.base import Card
from aml_nb.display.datastores import DatastoreCard, DatastoreTable, FileTable
from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %datastore                                     which there are; the default is marked
  %datastore upload ./winedata --to winedata --overwrite
  %datastore files --prefix winedata
  %datastore download winedata --into back
  %datastore register course /mnt/course --default
  %datastore register lake s3://bucket/path      what fsspec reaches; keys are given in Python: Datastore.register_url
  %datastore unregister course                   the data stays""",
    "command": """examples:
  aml-nb datastore
  aml-nb datastore upload ./winedata --to winedata
  aml-nb datastore files --json""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("list", help="every datastore; the default is marked")
    _named(verbs.add_parser("show", help="one datastore"), run_show)
    upload = verbs.add_parser("upload", help="copy a folder or a file into a datastore")
    upload.add("path", metavar="PATH", completes="file", help="the folder or the file")
    upload.add("--to", metavar="FOLDER", help="the folder in the datastore; default: its root")
    upload.add("--overwrite", action="store_true", help="replace files that are there")
    _named(upload, run_upload, "--store")
    download = verbs.add_parser("download", help="copy files of a datastore into a folder")
    download.add("prefix", metavar="PREFIX", nargs="?", help="what their paths begin with; default: all")
    download.add(
        "--into", metavar="FOLDER", default=os.curdir, completes="folder", help="the folder; default: this one"
    )
    download.add("--overwrite", action="store_true", help="replace files that are there")
    _named(download, run_download, "--store")
    files = verbs.add_parser("files", help="the paths of the files in a datastore")
    files.add("--prefix", metavar="PREFIX", help="what they begin with")
    _named(files, run_files, "--store")
    register = verbs.add_parser("register", help="use a folder of this machine, or an address, as a datastore")
    register.add("name", metavar="NAME", help="what to call it: letters, digits and underscores")
    register.add(
        "place", metavar="PLACE", completes="folder", help="the folder, or an address such as s3://bucket/path"
    )
    register.add("--overwrite", action="store_true", help="replace the one of that name")
    register.add("--default", action="store_true", help="use it where none is named")
    register.set_defaults(run=run_register)
    _named(verbs.add_parser("default", help="use a datastore where none is named"), run_default)
    _named(verbs.add_parser("unregister", help="forget a datastore; its data stays"), run_unregister)


def _named(parser: Any, run: Any, option: str = "name") -> None:
    what = {"metavar": "NAME", "completes": "datastore", "help": "the datastore"}
    if option != "name":
        what["help"] = "the datastore; default: the workspace's default"
    parser.add(option, **what)
    parser.set_defaults(run=run)


def run_list(args: Namespace, context: Context) -> Any:
    """Every datastore."""
    workspace = context.workspace
    return DatastoreTable(list(workspace.datastores.values()), workspace.get_default_datastore().name)


def run_show(args: Namespace, context: Context) -> Any:
    """One of them."""
    return _card(context, find(context, args.name))


def run_upload(args: Namespace, context: Context) -> Any:
    """Copy into it."""
    store = find(context, args.store)
    options = {"target_path": args.to, "overwrite": args.overwrite, "show_progress": not context.quiet}
    if os.path.isfile(args.path):
        store.upload_files([args.path], **options)
    else:
        store.upload(args.path, **options)
    return _card(context, store, [f"{args.path} is in {args.to or 'its root'}"])


def run_download(args: Namespace, context: Context) -> Any:
    """Copy out of it."""
    store = find(context, args.store)
    count = store.download(args.into, args.prefix, args.overwrite, not context.quiet)
    files = "file was" if count == 1 else "files were"
    return _card(context, store, [f"{count} {files} copied into {args.into}"])


def run_files(args: Namespace, context: Context) -> Any:
    """What is in it."""
    from aml_nb.core.data import transfer

    return FileTable(transfer.names(find(context, args.store), args.prefix))


def run_register(args: Namespace, context: Context) -> Any:
    """Register a folder or an address."""
    from aml_nb.core.data.datastore import Datastore

    register = Datastore.register_url if "://" in args.place else Datastore.register_local_folder
    store = register(context.workspace, args.name, args.place, overwrite=args.overwrite)
    if args.default:
        store.set_as_default()
    return _card(context, store)


def run_default(args: Namespace, context: Context) -> Any:
    """Choose the default."""
    store = find(context, args.name)
    store.set_as_default()
    return _card(context, store)


def run_unregister(args: Namespace, context: Context) -> Any:
    """Forget one."""
    store = find(context, args.name)
    store.unregister()
    return Card("datastore", store.name, [], "unregistered", ["its data stays where it is"], {"name": store.name})


def find(context: Context, name: str | None) -> Any:
    """The datastore of that name; without one the default."""
    from aml_nb.core.data.datastore import Datastore

    if name is None:
        return context.workspace.get_default_datastore()
    return Datastore.get(context.workspace, name)


def _card(context: Context, store: Any, notes: list[str] | None = None) -> DatastoreCard:
    return DatastoreCard(store, context.workspace.get_default_datastore().name, notes or [])
