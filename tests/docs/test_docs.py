"""What the documents say is so: their links lead somewhere, their code runs, their reference is the parsers'."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    yield shell
    shell.run_cell(
        "from aml_nb import Workspace\nfor left in Workspace.from_config().webservices.values():\n    left.delete()"
    )
    shell.run_cell("%unload_ext aml_nb")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_readmes_cells_run(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for cell in re.findall(r"```python\n(.*?)```", readme, re.S):
        shell.run_cell(cell).raise_error()
    assert "Healthy [0]" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_the_magics_page_is_what_the_parsers_say() -> None:
    reference = runpy.run_path(str(ROOT / "docs" / "magics_reference.py"))
    stored = (ROOT / "docs" / "magics.md").read_text(encoding="utf-8")
    assert stored == reference["page"](), "run: python docs/magics_reference.py"


def test_every_variable_that_is_read_is_among_the_settings() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "aml_nb").rglob("*.py")]
    read = set(re.findall(r"\bAML_NB_[A-Z_]*[A-Z]\b", "\n".join(code)))
    assert read == set(re.findall(r"`(AML_NB_[A-Z_]+)`", settings))
