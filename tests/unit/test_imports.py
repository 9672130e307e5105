"""What imports what: the layers point down, and what loads early stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import aml_nb

PACKAGE = Path(aml_nb.__file__).parent
# From the bottom up; a part imports from its own height and below.
LAYERS = (
    ("errors", "masking"),
    ("scoring",),
    ("engines",),
    ("core",),
    (
        "agefixes",
        "agefixes_estimators",
        "alias",
        "azureml",
        "bridge",
        "control",
        "coverage",
        "demo",
        "display",
        "learn",
        "mlflow",
    ),
    ("verbs",),
    ("__init__", "__main__", "cli", "labserver", "magics", "widgets"),
)
HEIGHT = {part: height for height, layer in enumerate(LAYERS) for part in layer}
# A script that aml_nb starts may import azureml; whoever starts it switches that on when it runs.
ALLOWED = {("scoring", "alias"), ("engines", "alias"), ("core", "alias")}
HEAVY = {
    "IPython",
    "fsspec",
    "ipywidgets",
    "numpy",
    "pandas",
    "requests",
    "ruamel",
    "sqlalchemy",
    "tornado",
    "werkzeug",
}
ENGINES = {f"aml_nb.engines.{name}" for name in ("process", "docker", "kubernetes", "dask")}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules of aml_nb's that a file imports, inside functions too, but not for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from imported(other)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            own = node.module == "aml_nb"
            yield from (f"aml_nb.{alias.name}" for alias in node.names) if own else [node.module or ""]
        else:
            yield from imported(node)


def part_of(module: str) -> str:
    part = module.split(".")[1] if "." in module else "__init__"
    return part if part in HEIGHT or (PACKAGE / part).exists() or (PACKAGE / f"{part}.py").exists() else "__init__"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert part in HEIGHT, f"{part} has no place among the layers"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    below = {part_of(name) for name in imported(tree) if name.partition(".")[0] == "aml_nb"}
    up = {other for other in below if HEIGHT[other] > HEIGHT[part] and (part, other) not in ALLOWED}
    # Whoever asks the package for its version asks for nothing above.
    assert up - {"__init__"} == set()


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after the code."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import aml_nb",
        "import aml_nb.magics",
        "import aml_nb.cli",
        "import aml_nb.errors",
        "import aml_nb.alias; aml_nb.alias.enable_here(); import azureml.core, azureml.core.webservice",
        "import aml_nb.core",
        "import aml_nb.engines",
        "import aml_nb.scoring",
        "import aml_nb.labserver",
        "import aml_nb.mlflow.entry",
    ],
)
def test_stays_light(code: str) -> None:
    assert loaded(code) & HEAVY == set()


@pytest.mark.parametrize(
    "code",
    [
        "from aml_nb.core.model import Model",
        "from aml_nb.core.environment.conda_dependencies import CondaDependencies",
        "from aml_nb.core.environment import Environment",
        "from aml_nb import alias; alias.enable_here(); from azureml.core.model import Model",
    ],
)
def test_what_entry_scripts_import_needs_no_database(code: str) -> None:
    assert loaded(code) & {"sqlalchemy", "numpy", "pandas", "IPython"} == set()


def test_a_store_in_a_file_pays_for_no_server() -> None:
    assert not [name for name in loaded("import aml_nb.core.store") if "postgresql" in name]


def modules(part: str) -> list[str]:
    files = sorted((PACKAGE / part).rglob("*.py"))
    names = (".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in files)
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def test_core_knows_neither_jupyter_nor_an_engine() -> None:
    found = loaded("\n".join(f"import {name}" for name in modules("core")))
    assert found & {"IPython", "ipywidgets", "tornado", *ENGINES} == set()
    assert "aml_nb.core.workspace" in found


def test_scoring_needs_nothing_of_the_rest() -> None:
    found = loaded("import aml_nb.scoring.worker, aml_nb.scoring.supervisor")
    parts = {part_of(name) for name in found if name.startswith("aml_nb")}
    assert parts <= {"__init__", "alias", "agefixes", "errors", "scoring"}
    assert "scoring" in parts
