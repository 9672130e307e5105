"""What a script needs where nobody says it: what it imports, in the versions that are installed here."""

from __future__ import annotations

import ast
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

from aml_nb.core.resolve import names
from aml_nb.core.resolve.installed import installed_version
from aml_nb.engines.installers import normal

_USUAL = ("joblib", "numpy", "pandas", "scikit-learn")
_MOST_FILES = 200


def pins(source_directory: str | None, entry_script: str) -> list[str]:
    """A requirement each for what the script imports and for what a pickled model most often needs."""
    wanted = {normal(name) for name in _USUAL} | set(_imported(source_directory, entry_script))
    return [f"{name}=={version}" for name in sorted(wanted) if (version := installed_version(name)) is not None]


def _imported(source_directory: str | None, entry_script: str) -> Iterator[str]:
    """The distributions that the script and what lies beside it import."""
    root = None if source_directory is None else Path(source_directory)
    scripts = [Path(entry_script)] if root is None else sorted(root.rglob("*.py"))[:_MOST_FILES]
    known = packages_distributions() if sys.version_info >= (3, 11) else _by_files()
    for module in sorted({module for script in scripts for module in _modules(script)}):
        own = root is not None and any(os.path.exists(root / name) for name in (module, f"{module}.py"))
        for distribution in () if own else known.get(module, ()):
            name = normal(distribution)
            if not names.stands_in(name) and name != "aml-nb":
                yield name


def _by_files() -> Mapping[str, list[str]]:
    """What Python 3.11 and newer tell, where 3.10 knows no package whose builder writes no ``top_level.txt``."""
    found = defaultdict(list)
    for each in distributions():
        modules = {file.parts[0].removesuffix(".py") for file in each.files or () if file.suffix == ".py"}
        for module in (each.read_text("top_level.txt") or "").split() or modules:
            found[module].append(each.metadata["Name"])
    return found


def _modules(script: Path) -> Iterator[str]:
    try:
        tree = ast.parse(script.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return  # whoever runs it will tell
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]
