"""The side panel's sources: what has to agree with the Python side, and its own tests of what is not drawn."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import aml_nb
from aml_nb.labserver import PROTOCOL

HERE = Path(__file__).parents[3] / "labextension"
SOURCES = sorted((HERE / "src").rglob("*.ts*"))
PACKAGE = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
TOKENS = (HERE / "src" / "tokens.ts").read_text(encoding="utf-8")
SCHEMA = json.loads((HERE / "schema" / "panel.json").read_text(encoding="utf-8"))


def test_panel_and_package_have_one_version() -> None:
    assert PACKAGE["version"] == aml_nb.__version__
    assert f"VERSION = '{aml_nb.__version__}'" in TOKENS
    assert f"PROTOCOL = {PROTOCOL};" in TOKENS


def test_lock_names_no_registry() -> None:
    assert "http" not in (HERE / "yarn.lock").read_text(encoding="utf-8")


def test_menus_name_commands_that_there_are() -> None:
    menus = SCHEMA["jupyter.lab.menus"]
    items = [*menus["context"], *(item for menu in menus["main"] for item in menu["items"])]
    named = {item["command"] for item in items if "command" in item}
    known = set(re.findall(r"'(aml-nb:[\w-]+)'", TOKENS.split("namespace CommandIDs")[1].split("}")[0]))
    assert named and named <= known


def test_settings_have_the_defaults_of_the_panel() -> None:
    assert set(SCHEMA["properties"]) == {"pollSeconds", "notify", "insertStyle", "sections", "statusBar"}
    assert all("default" in each and "title" in each for each in SCHEMA["properties"].values())


def test_no_text_becomes_markup() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML|\beval\(", text), path.name


def test_server_is_called_by_the_client_alone() -> None:
    for path in SOURCES:
        if path.parent.name != "api":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"\bmakeRequest\(|\bfetch\(['\"`]|new WebSocket|XMLHttpRequest", text), path.name


def test_colours_are_those_of_the_theme() -> None:
    for path in (HERE / "style").glob("*.css"):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(", path.read_text(encoding="utf-8")), path.name


def test_model_of_the_panel() -> None:
    compiler = HERE / "node_modules" / "typescript" / "bin" / "tsc"
    node = shutil.which("node")
    if node is None or not compiler.exists():
        pytest.skip("needs node and the panel's packages: make test, or jlpm install in labextension")
    subprocess.run([node, compiler, "-p", HERE / "tsconfig.test.json"], check=True, cwd=HERE)
    tests = sorted((HERE / "test").glob("*.test.cjs"))
    ran = subprocess.run([node, "--test", *tests], cwd=HERE, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
