"""The magics come, document themselves, and go."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from aml_nb import magics
from aml_nb.verbs import VERBS

NAMES = [verb.name for verb in VERBS.values() if verb.magic]


@pytest.mark.parametrize("name", NAMES)
def test_question_mark_shows_usage_and_every_option(shell: Any, name: str) -> None:
    text = shell.find_magic(name).__doc__
    parser = VERBS[name].parser("magic")
    assert text.startswith("usage: %")
    assert all(option in text for option in parser._option_string_actions)


@pytest.mark.parametrize("name", NAMES)
def test_the_pager_gets_that_text(shell: Any, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell(f"%{name}?")
    assert f"{name} [-h]" in capsys.readouterr().out


def test_inspection_of_a_front_end(shell: Any) -> None:
    data = shell.object_inspect_mime("%deploy", detail_level=0)
    assert "--compute-target" in data["text/plain"]


def test_unregister_leaves_nothing(bare_shell: Any) -> None:
    before = {kind: set(table) for kind, table in bare_shell.magics_manager.magics.items()}
    matchers = len(bare_shell.Completer.custom_matchers)
    magics.register(bare_shell)
    magics.register(bare_shell)
    assert len(bare_shell.Completer.custom_matchers) == matchers + 1
    magics.unregister(bare_shell)
    assert {kind: set(table) for kind, table in bare_shell.magics_manager.magics.items()} == before
    assert len(bare_shell.Completer.custom_matchers) == matchers


def test_lsmagic_and_magic_listings_work(shell: Any) -> None:
    assert "deploy" in str(shell.value("%lsmagic"))


def test_load_ext_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell()\n"
        "before = set(sys.modules)\n"
        "shell.run_line_magic('load_ext', 'aml_nb')\n"
        "new = {m.split('.')[0] for m in set(sys.modules) - before}\n"
        "bad = new & {'sqlalchemy', 'numpy', 'pandas', 'requests', 'fsspec', 'werkzeug', 'ruamel', 'uv'}\n"
        "assert not bad, bad\n"
        "assert 'aml_nb.verbs.deploy' not in sys.modules and 'aml_nb.core' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
