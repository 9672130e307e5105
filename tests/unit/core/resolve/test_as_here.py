"""What a script imports, as requirements."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from aml_nb.core.resolve import as_here


def test_a_distribution_is_found_by_its_files_where_python_itself_does_not_tell() -> None:
    found = as_here._by_files()
    names = {"packaging": "packaging", "sklearn": "scikit-learn", "dateutil": "python-dateutil", "pytest": "pytest"}
    assert {module: found[module] for module in names} == {module: [name] for module, name in names.items()}


@pytest.mark.parametrize("told", [True, False])
def test_what_is_imported_is_pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    if not told:
        monkeypatch.setattr(as_here, "packages_distributions", as_here._by_files)
    (tmp_path / "helper.py").write_text("import yaml\nfrom packaging.version import Version\n")
    (tmp_path / "score.py").write_text("import helper, json, aml_nb\nimport nowhere_at_all\n")
    pins = as_here.pins(str(tmp_path), "score.py")
    assert f"packaging=={version('packaging')}" in pins and f"scikit-learn=={version('scikit-learn')}" in pins
    assert not any(pin.startswith(("helper", "aml", "nowhere")) for pin in pins)
