"""A training script before it is submitted: what is wrong with it is said now, and where it stands is decided."""

from __future__ import annotations

import ast
import builtins
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.errors import Source, UsageError, UserErrorException
from aml_nb.verbs.score_script import read, write

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

DEFAULT_NAME = "train.py"
_ALWAYS = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__builtins__", "__spec__", "__loader__", "__package__", "__path__",
}  # fmt: skip


def check(text: str, path: str, variables: Mapping[str, Any] | None = None) -> None:
    """Refuse a script that cannot run: its syntax, and names that only the notebook has.

    Parameters
    ----------
    text : the script.
    path : what it is called.
    variables : the notebook's variables, which a script does not see.
    """
    tree = parse(text, path)
    if not text.strip():
        raise UsageError("the script is empty", hint="put the training code into the cell")
    for name, line in missing_names(tree):
        if name in (variables or {}) and not name.startswith("_"):
            raise UserErrorException(
                f"{name!r} is a variable of the notebook: the script does not see it (line {line})",
                hint=f"%%train … --param {name}=${name}, or make it in the script",
                source=_source(text, path, line),
            )


def parse(text: str, path: str) -> ast.Module:
    """The script's tree; a mistake in it is shown with its line."""
    try:
        return ast.parse(text, path)
    except SyntaxError as error:
        line = error.lineno or 0
        lines = text.splitlines()
        magic = 0 < line <= len(lines) and lines[line - 1].lstrip()[:1] in ("%", "!")
        hint = "leave magics and shell commands out: packages go into --environment" if magic else "correct that line"
        if not line:
            raise UserErrorException(f"{path} cannot run: {error.msg}", hint="save it as UTF-8 text") from None
        raise UserErrorException(
            f"{path} cannot run: {error.msg} (line {line})", hint=hint, source=_source(text, path, line)
        ) from None
    except ValueError as error:  # a zero byte, as older Pythons say it
        raise UserErrorException(f"{path} cannot run: {error}", hint="save it as UTF-8 text") from None


def missing_names(tree: ast.Module) -> list[tuple[str, int]]:
    """Names that are read and bound nowhere in the script, with the first line of each."""
    bound, read_at, open_ended = set(_ALWAYS), dict[str, int](), False
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read_at.setdefault(node.id, node.lineno)
        bound.update(_bound(node))
        open_ended = open_ended or _opens(node)
    return [] if open_ended else [(name, line) for name, line in read_at.items() if name not in bound]


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).split(".")[0]
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _opens(node: ast.AST) -> bool:
    """Whether names may come from where nobody can see them."""
    if isinstance(node, ast.alias):
        return node.name == "*"
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in ("exec", "globals", "vars", "locals")


def _source(text: str, path: str, line: int, around: int = 2) -> Source | None:
    if not line:
        return None
    first = max(1, line - around)
    return Source(path, line, first, tuple(text.splitlines()[first - 1 : line + around]))


def place(workspace: Workspace, cell: str | None, file: str | None, source_dir: str | None) -> tuple[str, str]:
    """Write the cell where it belongs; the folder to submit, and the script in it.

    With ``source_dir`` that is the folder; a script in a folder of its own brings that folder. Any other script
    comes alone, with the modules beside it that it imports, from a folder of the workspace: a notebook's
    own folder has data and notebooks in it that no run needs.
    """
    if source_dir is not None:
        return _in_folder(cell, file or DEFAULT_NAME, source_dir)
    if file is None:
        return _alone(workspace, cell or "", DEFAULT_NAME)
    path = Path(file).expanduser()
    if cell is not None:
        write(path, cell)
    text = read(path) if cell is None else cell
    if path.resolve().parent != Path.cwd():
        return str(path.resolve().parent), path.name
    return _alone(workspace, text, path.name)


def _in_folder(cell: str | None, file: str, source_dir: str) -> tuple[str, str]:
    folder = Path(source_dir).expanduser()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {source_dir!r}", hint="--source-dir FOLDER")
    inside = Path(file).expanduser()
    if inside.resolve().is_relative_to(folder.resolve()):
        inside = inside.resolve().relative_to(folder.resolve())
    if cell is not None:
        write(folder / inside, cell)
    elif not (folder / inside).is_file():
        raise UsageError(f"there is no file {str(folder / inside)!r}", hint="%%train FILE --source-dir FOLDER")
    return str(folder), str(inside)


def _alone(workspace: Workspace, text: str, name: str) -> tuple[str, str]:
    """A folder with the script and the modules beside it that it needs; the same script has the same folder."""
    needed = helpers(text)
    digest = hashlib.sha256(f"{name}\n{text}".encode("utf-8", "surrogatepass"))
    for path in needed:
        for file in _files(path):
            digest.update(f"\n{file}\n".encode() + file.read_bytes())
    folder = Path(workspace._folder) / "scripts" / digest.hexdigest()[:16]
    if not (folder / name).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for path in needed:
            if path.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(path, folder / path.name, dirs_exist_ok=True, ignore=ignored)
            else:
                shutil.copy2(path, folder / path.name)
        write(folder / name, text)
    return str(folder), name


def helpers(text: str) -> list[Path]:
    """The modules in the current folder that a script imports, and those that they import."""
    found: dict[str, Path] = {}
    texts = [text]
    while texts:
        for name in _imported(texts.pop()):
            path = _beside(name)
            if path is not None and name not in found:
                found[name] = path
                texts.extend(file.read_text("utf-8", "replace") for file in _files(path))
    return [found[name] for name in sorted(found)]


def _imported(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _beside(name: str) -> Path | None:
    if Path(f"{name}.py").is_file():
        return Path(f"{name}.py")
    return Path(name) if os.path.isfile(os.path.join(name, "__init__.py")) else None


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
