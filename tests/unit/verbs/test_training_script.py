"""A training script before it is submitted: mistakes are said with their line, the folder is no larger than needed."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, UsageError, UserErrorException
from aml_nb.verbs import training_script
from aml_nb.verbs.training_script import check, missing_names, place

GOOD = "import helper\nprint(helper.x)\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("print(x)", ["x"]),
        ("def f(a, *b, c=1, **d):\n    return a, b, c, d, e\n", ["e"]),
        ("import a.b as c, d.e\nprint(c, d)", []),
        ("from a import *\nprint(anything)", []),
        ("globals()['x'] = 1\nprint(x)", []),
        ("for i in range(3):\n    with open(str(i)) as f:\n        print(f, __file__)", []),
        ("try:\n    pass\nexcept ValueError as e:\n    print(e)", []),
        ("[x for x in y]", ["y"]),
        ("lambda a: a + b", ["b"]),
        ("class A:\n    n = 1\nprint(A.n, (m := 3), m)", []),
        ("match p:\n    case {'a': a, **rest}: print(a, rest)\n    case [b, *c]: print(b, c)", ["p"]),
        ("x += 1", []),
    ],
)
def test_names_that_nothing_binds(text: str, missing: list[str]) -> None:
    assert [name for name, _ in missing_names(ast.parse(text))] == missing


def test_a_variable_of_the_notebook_is_named_with_its_line() -> None:
    with pytest.raises(UserErrorException) as caught:
        check("a = 1\nprint(a)\nfit(X_train)\n", "the cell", {"X_train": 3, "a": 2})
    said = caught.value._text()
    assert "'X_train' is a variable of the notebook" in said
    assert "-->    3 fit(X_train)" in said and "--param X_train=$X_train" in said


def test_names_that_nobody_knows_are_the_scripts_own_affair() -> None:
    check("print(nowhere)", "the cell", {"other": 1})


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("x = (\n", "was never closed", "correct that line"),
        ("import os\n%matplotlib inline\n", "(line 2)", "packages go into --environment"),
        ("!pip install x\n", "(line 1)", "packages go into --environment"),
        ("a\x00b", "cannot run", "UTF-8"),
    ],
)
def test_a_script_that_is_no_python(text: str, said: str, hint: str) -> None:
    with pytest.raises(UserErrorException) as caught:
        check(text, "train.py")
    assert said in caught.value._text() and hint in caught.value._text()


@pytest.mark.parametrize("text", ["", "  \n\n"])
def test_an_empty_cell(text: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        check(text, "the cell")


@given(st.text(max_size=60))
def test_every_text_is_a_script_or_an_error_in_words(text: str) -> None:
    try:
        check(text, "the cell", {"x": 1})
    except AmlError as error:
        assert error._text()
    else:
        ast.parse(text)


def test_a_cell_is_kept_in_the_workspace_and_nothing_is_written_here(ws: Workspace) -> None:
    folder, script = place(ws, "print(1)\n", None, None)
    assert script == "train.py" and Path(folder, script).read_text() == "print(1)\n"
    assert Path(folder).is_relative_to(ws._folder) and list(Path().iterdir()) == []
    assert place(ws, "print(1)\n", None, None) == (folder, script)
    assert place(ws, "print(2)\n", None, None) != (folder, script)


def test_a_script_here_brings_the_modules_that_it_imports_and_no_more(ws: Workspace) -> None:
    Path("helper.py").write_text("from package import x")
    Path("package").mkdir()
    Path("package/__init__.py").write_text("x = 1")
    Path("data.csv").write_text("large")
    folder, script = place(ws, GOOD, "fit.py", None)
    assert Path("fit.py").read_text() == GOOD
    found = sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())
    assert (script, found) == ("fit.py", ["fit.py", "helper.py", "package/__init__.py"])
    Path("helper.py").write_text("x = 2")
    other, _ = place(ws, None, "fit.py", None)
    assert other != folder and Path(other, "helper.py").read_text() == "x = 2"


def test_a_script_in_a_folder_of_its_own_brings_the_folder(ws: Workspace) -> None:
    folder, script = place(ws, GOOD, "src/fit.py", None)
    assert (Path(folder).resolve(), script) == (Path("src").resolve(), "fit.py")
    assert Path("src/fit.py").read_text() == GOOD


def test_the_folder_that_is_told(ws: Workspace) -> None:
    Path("src/deep").mkdir(parents=True)
    assert place(ws, GOOD, "src/deep/fit.py", "src") == ("src", "deep/fit.py")
    assert place(ws, GOOD, None, "src") == ("src", training_script.DEFAULT_NAME)
    assert place(ws, None, "train.py", "src") == ("src", "train.py")
    for file, source in (("nothing.py", "src"), ("train.py", "nowhere")):
        with pytest.raises(UsageError, match="there is no"):
            place(ws, None, file, source)


def test_helpers_may_be_broken_or_circular(home: Any) -> None:
    Path("a.py").write_text("import b")
    Path("b.py").write_text("import a\nthis is no python")
    assert [path.name for path in training_script.helpers("import a")] == ["a.py", "b.py"]
