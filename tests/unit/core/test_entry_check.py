"""Entry scripts are judged by reading them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.inference.entry_check import EntryCheck, check_entry_script
from aml_nb.errors import UserErrorException

GOOD = """import json
from azureml.core.model import Model

def init():
    global model
    model = Model.get_model_path('iris')

def run(raw_data):
    return json.loads(raw_data)
"""


def check(text: str, models: list[str] | None = None, path: str = "score.py") -> EntryCheck:
    return check_entry_script(text, path, None if models is None else lambda: models)


def messages(text: str, **kwargs: object) -> list[str]:
    return [problem.message for problem in check(text, **kwargs).problems]  # type: ignore[arg-type]


def test_a_good_script_has_no_problem_and_names_its_model() -> None:
    found = check(GOOD, ["iris"])
    assert found.problems == []
    assert found.models == ["iris"]
    found.raise_problems()


def test_syntax_error_shows_the_line() -> None:
    with pytest.raises(UserErrorException) as caught:
        check("def init():\n    pass\ndef run(data):\n    retrun data\n").raise_problems()
    assert "line 4" in caught.value.message
    assert "-->    4     retrun data" in caught.value._text()


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("def run(): pass", "needs a parameter"),
        ("def run(request_headers): pass", "needs a parameter"),
        ("def run(*data): pass", "*data"),
        ("def run(data, **rest): pass", "**rest"),
        ("def run(data, /): pass", "positional-only"),
        ("async def run(data): pass", "async"),
        ("def run(data, other): pass", "asks for other too"),
    ],
)
def test_run_signatures_that_no_server_can_call(run: str, said: str) -> None:
    (message,) = messages(f"def init(): pass\n{run}\n")
    assert said in message


@pytest.mark.parametrize(
    "run",
    [
        "def run(raw_data): pass",
        "def run(data, request_headers): pass",
        "def run(data, limit=3): pass",
        "from inference_schema.schema_decorators import input_schema\n@input_schema('a', 1)\ndef run(a, b): pass",
        "run = lambda data: data",
        "from json import loads as run",
        "if True:\n    def run(data): pass",
        "try:\n    import json\nfinally:\n    def run(data): pass",
    ],
)
def test_run_in_every_form_that_serves(run: str) -> None:
    assert messages(f"def init(): pass\n{run}\n") == []


def test_missing_functions_name_what_is_near() -> None:
    first, second = messages("def inti(): pass\ndef score(data): pass\n")
    assert "no init()" in first and "did you mean inti() on line 1" in first
    assert "no run()" in second


def test_init_that_needs_an_argument() -> None:
    assert messages("def init(path): pass\ndef run(d): pass\n") == ["init() must be callable without arguments"]
    assert messages("def init(path=None, *a): pass\ndef run(d): pass\n") == []


def test_a_star_import_may_bring_both() -> None:
    assert messages("from json import *\n") == []


def test_imports_that_do_not_resolve() -> None:
    text = GOOD.replace("import json", "import json\nimport nunpy_x.linalg")
    (problem,) = check(text).problems
    assert "nunpy_x" in problem.message and problem.line == 2
    assert "pip install nunpy_x" in str(problem.hint)


def test_a_mistyped_import_names_the_near_one() -> None:
    (problem,) = check("import jsson\ndef init(): pass\ndef run(d): pass\n").problems
    assert "did you mean json?" in problem.message


def test_guarded_imports_and_v1_names_are_no_problem() -> None:
    text = GOOD + "try:\n    import nowhere_at_all\nexcept ImportError:\n    nowhere_at_all = None\n"
    assert messages(text + "from azureml.contrib.services.aml_request import rawhttp\n") == []


def test_imports_inside_functions_are_seen() -> None:
    (message,) = messages("def init():\n    import nowhere_at_all\ndef run(d): pass\n")
    assert "nowhere_at_all" in message


def test_a_module_beside_the_script_is_a_helper(tmp_path: Path) -> None:
    (tmp_path / "helper_xy.py").write_text("")
    (tmp_path / "package_xy").mkdir()
    (tmp_path / "package_xy" / "__init__.py").write_text("")
    found = check(GOOD + "import helper_xy\nfrom package_xy import a\n", path=str(tmp_path / "score.py"))
    assert found.problems == []
    assert found.helpers == ["helper_xy", "package_xy"]


def test_a_module_of_the_current_folder_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    (tmp_path / "helper_xy.py").write_text("")
    (tmp_path / "json.py").write_text("")
    text = GOOD + "import helper_xy\n"
    (problem,) = check(text, path="service/score.py").problems
    assert "'helper_xy' stays behind" in problem.message
    assert "service" in str(problem.hint)
    assert check(text, path="score.py").problems == []


def test_relative_imports_cannot_work() -> None:
    (message,) = messages(GOOD + "from . import helper\n")
    assert "relative import" in message


def test_unknown_models_name_what_is_near() -> None:
    (problem,) = check(GOOD, ["iris2", "churn"]).problems
    assert problem.line == 6
    assert "'iris'" in problem.message
    assert "iris2" in str(problem.hint)


def test_model_names_by_keyword_and_not_from_variables() -> None:
    text = GOOD + "def more(x):\n    return Model.get_model_path(model_name='b'), Model.get_model_path(x)\n"
    assert check(text).models == ["iris", "b"]


def test_a_script_that_is_never_run_cannot_do_harm(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    check(f"open({str(mark)!r}, 'w')\n" + GOOD)
    assert not mark.exists()


def test_all_problems_come_in_one_error() -> None:
    with pytest.raises(UserErrorException) as caught:
        check("import nowhere_at_all\ndef run(*a): pass\n").raise_problems()
    text = caught.value._text()
    assert "nowhere_at_all" in text and "*a" in text and "no init()" in text
