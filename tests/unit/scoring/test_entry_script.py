"""Entry scripts: what is accepted, how run() is called, and what is said when one fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.scoring.entry_script import (
    EntryScript,
    EntryScriptError,
    InputError,
    ResultError,
    RunError,
    encode,
)
from aml_nb.scoring.request import Request
from aml_nb.scoring.script_errors import Interruption

Load = Callable[..., EntryScript]
JSON = {"content-type": "application/json"}
ECHO = "def init(): pass\ndef run(data): return data\n"


@pytest.fixture(autouse=True)
def _keep_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def make(text: str, name: str = "score.py") -> EntryScript:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return EntryScript.load(str(path), str(tmp_path))

    return make


def post(body: bytes | str, headers: dict[str, str] | None = None) -> Request:
    data = body.encode() if isinstance(body, str) else body
    return Request("POST", "/score", "", JSON if headers is None else headers, data)


def get(query: str) -> Request:
    return Request("GET", "/score", query, {}, b"")


# -- what run() gets --------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text())
def test_undecorated_run_gets_the_body_as_text(text: str) -> None:
    from aml_nb.scoring.binding import bind_raw

    assert (
        bind_raw(lambda data: data, None, ())(post(text.encode("utf-8", "replace")))
        == text.encode("utf-8", "replace").decode()
    )


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("", "{}"),
        ("a=1&b=2&a=3", '{"a": [1, 3], "b": 2}'),
        ("x=text&y=%5B1%5D&z=", '{"x": "text", "y": [1], "z": ""}'),
    ],
)
def test_get_hands_over_the_query_as_json(load: Load, query: str, data: str) -> None:
    assert load(ECHO).invoke(get(query)) == data


def test_a_body_that_is_no_utf8_is_refused(load: Load) -> None:
    with pytest.raises(InputError, match="cannot be decoded as UTF-8") as caught:
        load(ECHO).invoke(post(b"\xff\xfe"))
    assert caught.value.reply().status == 400
    assert not caught.value.reply().run_failed


@pytest.mark.parametrize(
    "signature", ["data, request_headers", "request_headers, data", "*, data, request_headers=None"]
)
def test_headers_come_as_a_dict_in_title_case(load: Load, signature: str) -> None:
    script = load(f"def init(): pass\ndef run({signature}): return [data, request_headers]")
    body, headers = script.invoke(post("x", {"content-type": "text/plain", "x-ms-thing": "1"}))
    assert body == "x"
    assert headers == {"Content-Type": "text/plain", "X-Ms-Thing": "1"}


@pytest.mark.parametrize("signature", ["data", "data=1", "*, data", "data, other=2"])
def test_signatures_that_take_one_body(load: Load, signature: str) -> None:
    script = load(f"def init(): pass\ndef run({signature}): return data")
    assert script.invoke(post("body")) == "body"


def test_callable_objects_are_fine(load: Load) -> None:
    script = load("init = lambda: None\nclass R:\n    def __call__(self, d): return [d]\nrun = R()")
    assert script.invoke(post("b")) == ["b"]


SCHEMA = """
from aml_nb.scoring.inference_schema.schema_decorators import input_schema
from aml_nb.scoring.inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
def init(): pass
@input_schema("a", StandardPythonParameterType(1))
@input_schema("b", StandardPythonParameterType("text"))
def run(a, b="default"): return [a, b]
"""


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('{"a": 1}', [1, "default"]),
        ('{"a": 1, "b": "x", "unknown": 0}', [1, "x"]),
        ('\ufeff{"a": 1}', [1, "default"]),
    ],
)
def test_a_schema_hands_over_values_by_name(load: Load, body: str, result: list[object]) -> None:
    script = load(SCHEMA)
    assert script.kind == "schema"
    assert script.invoke(post(body)) == result
    assert script.invoke(Request("GET", "/score", "a=5", {}, b"")) == [5, "default"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        ("{}", JSON, 400, "A value is not provided for the 'a' parameter."),
        ("", JSON, 400, "POST body is empty. Expecting a JSON dictionary."),
        ("[1]", JSON, 400, "POST body should be a JSON dictionary."),
        ("null", JSON, 400, "POST body should be a JSON dictionary."),
        (
            "{bad",
            JSON,
            400,
            "POST body could not be decoded as JSON: Expecting property name enclosed in "
            "double quotes: line 1 column 2 (char 1)",
        ),
        ('{"a": 1}', {}, 415, "Expects Content-Type to be application/json"),
        ('{"a": 1}', {"content-type": "text/plain"}, 415, "Expects Content-Type to be application/json"),
    ],
)
def test_what_a_schema_refuses(load: Load, body: str, headers: dict[str, str], status: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(SCHEMA).invoke(post(body, headers))
    reply = caught.value.reply()
    assert (reply.status, reply.body) == (status, json.dumps({"message": said}).encode())


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.thing+json"])
def test_content_types_that_are_json(load: Load, kind: str) -> None:
    assert load(SCHEMA).invoke(post('{"a": 1}', {"content-type": kind})) == [1, "default"]


def test_a_value_that_does_not_fit_the_sample_fails_run(load: Load) -> None:
    with pytest.raises(RunError, match="a: Invalid input data type") as caught:
        load(SCHEMA).invoke(post('{"a": "text"}'))
    assert caught.value.reply().status == 500
    assert caught.value.reply().run_failed


# -- what is no entry script ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ("def init(: pass", "script-syntax", 1, "SyntaxError"),
        ("x = 1\nimport no_such_module_anywhere", "script-import", 2, "No module named"),
        ("raise SystemExit(2)", "script-import", 1, "SystemExit"),
        ("def run(d): return d", "script-no-init", 1, r"init\(\) function"),
        ("init = 3\ndef run(d): return d", "script-no-init", 1, "is int, not a function"),
        ("def init(): pass", "script-no-run", 1, r"run\(\) function"),
        ("def init(x): pass\ndef run(d): pass", "script-signature", 1, "without arguments"),
        ("def init(): pass\ndef run(): pass", "script-signature", 2, "needs to accept an argument"),
        ("def init(): pass\ndef run(request_headers): pass", "script-signature", 2, "other than"),
        ("def init(): pass\n\ndef run(*a): pass", "script-signature", 3, "positional-only"),
        ("def init(): pass\ndef run(a, **b): pass", "script-signature", 2, "positional-only"),
        ("def init(): pass\ndef run(a, /): pass", "script-signature", 2, "positional-only"),
        ("def init(): pass\ndef run(a, b): pass", "script-signature", 2, "asks for b too"),
        ("def init(): pass\nasync def run(a): pass", "script-signature", 2, "async"),
        (SCHEMA.replace('"b"', '"zz"'), "script-signature", 7, "no parameter zz"),
    ],
)
def test_scripts_that_cannot_serve(load: Load, text: str, code: str, line: int, said: str) -> None:
    with pytest.raises(EntryScriptError, match=said) as caught:
        load(text)
    assert caught.value.code == code
    assert caught.value.source is not None
    assert (caught.value.source.path, caught.value.source.line) == ("score.py", line)


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EntryScriptError, match="no entry script") as caught:
        EntryScript.load(str(tmp_path / "score.py"))
    assert caught.value.code == "script-not-found"


PARAMETERS = st.sampled_from(["a", "a=1", "*, a", "a, b", "a, b=1", "*a", "**a", "a, /", "a, *b", "a, **b", ""])
GOOD = {"a", "a=1", "*, a", "a, b=1"}


@settings(deadline=None)
@given(signature=PARAMETERS)
def test_a_signature_that_loads_can_be_called(tmp_path_factory: pytest.TempPathFactory, signature: str) -> None:
    path = tmp_path_factory.mktemp("script") / "score.py"
    path.write_text(f"def init(): pass\ndef run({signature}): return 'called'\n")
    if signature in GOOD:
        assert EntryScript.load(str(path)).invoke(post("x")) == "called"
    else:
        with pytest.raises(EntryScriptError) as caught:
            EntryScript.load(str(path))
        assert caught.value.code == "script-signature"


def test_a_missing_package_is_named_as_pip_knows_it(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(EntryScriptError) as caught:
        load("import cv2\n" + ECHO)
    assert "add_pip_package('opencv-python-headless')" in str(caught.value.hint)


# -- where it failed --------------------------------------------------------------------------------


def test_init_that_raises_names_the_line_in_a_helper(load: Load, tmp_path: Path) -> None:
    (tmp_path / "helper_of_this_test.py").write_text("def prepare():\n    return {}['weights']\n")
    script = load("import helper_of_this_test as h\ndef init(): h.prepare()\ndef run(d): return d")
    with pytest.raises(EntryScriptError) as caught:
        script.init()
    error = caught.value
    assert error.code == "init-failed"
    assert error.source is not None
    assert (error.source.path, error.source.line) == ("helper_of_this_test.py", 2)
    assert "KeyError: 'weights'" in error.message
    assert "aml_nb/scoring" not in error.traceback
    assert 'score.py", line 2, in init' in error.traceback


def test_sys_exit_in_init_and_run_is_an_error(load: Load) -> None:
    script = load("import sys\ndef init(): sys.exit(7)\ndef run(d): sys.exit(8)")
    with pytest.raises(EntryScriptError, match="SystemExit: 7"):
        script.init()
    with pytest.raises(RunError, match="SystemExit: 8"):
        script.invoke(post(""))


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "GeneratorExit", "BaseException"])
def test_nothing_that_run_raises_gets_past(load: Load, name: str) -> None:
    with pytest.raises(RunError, match=name):
        load(f"def init(): pass\ndef run(d): raise {name}").invoke(post(""))


def test_the_server_can_end_run(load: Load) -> None:
    script = load(
        "from aml_nb.scoring.script_errors import Interruption\n"
        "class TimeIsUp(Interruption): pass\n"
        "def init(): pass\n"
        "def run(d):\n"
        "    try: raise TimeIsUp\n"
        "    except Exception: return 'swallowed'"
    )
    with pytest.raises(Interruption):
        script.invoke(post(""))


def test_run_that_raises_inside_a_library_names_the_users_line(load: Load) -> None:
    script = load("import json\ndef init(): pass\ndef run(d):\n    return json.loads(d)")
    with pytest.raises(RunError) as caught:
        script.invoke(post("{"))
    error = caught.value
    assert error.source is not None
    assert (error.source.path, error.source.line) == ("score.py", 4)
    assert error.source.lines[-1].strip() == "return json.loads(d)"
    assert json.loads(bytes(error.reply().body)) == {  # type: ignore[arg-type]
        "message": "An unexpected error occurred in scoring script. Check the logs for more info."
    }


def test_a_script_in_a_subfolder_imports_from_the_source_directory(tmp_path: Path) -> None:
    (tmp_path / "beside_the_sources.py").write_text("VALUE = 42")
    (tmp_path / "sub").mkdir()
    script = tmp_path / "sub" / "score.py"
    script.write_text("import beside_the_sources as b\ndef init(): pass\ndef run(d): return b.VALUE")
    loaded = EntryScript.load(str(script), str(tmp_path))
    assert loaded.invoke(post("")) == 42
    assert loaded.name == os.path.join("sub", "score.py")


def test_an_edit_is_seen_at_once_and_leaves_no_bytecode(load: Load, tmp_path: Path) -> None:
    assert load("def init(): pass\ndef run(d): return 1").invoke(post("")) == 1
    assert load("def init(): pass\ndef run(d): return 2").invoke(post("")) == 2
    assert not (tmp_path / "__pycache__").exists()


def test_classes_of_the_script_can_be_pickled(load: Load) -> None:
    import pickle

    script = load("class C: pass\ndef init(): pass\ndef run(d): return C()")
    assert type(pickle.loads(pickle.dumps(script.run("")))) is script.module.C


# -- what run() returns -----------------------------------------------------------------------------

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON_VALUES)
def test_json_values_are_written_as_json_dumps_does(value: object) -> None:
    reply = encode(value)
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert reply.body == (b"{}" if value is None else json.dumps(value).encode())


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (None, b"{}"),
        ("sé", b'"s\\u00e9"'),
        ([1, 2.5, None, True], b"[1, 2.5, null, true]"),
        ({"a": [1], 2: "x"}, b'{"a": [1], "2": "x"}'),
        ((1, 2), b"[1, 2]"),
        (("body", 201), b'["body", 201]'),
        (float("nan"), b"NaN"),
    ],
)
def test_bodies_are_written_as_v1_writes_them(value: object, body: bytes) -> None:
    assert encode(value).body == body


def _results() -> Iterator[tuple[object, str, str]]:
    import numpy as np
    import pandas as pd

    yield np.array([1]), "numpy.ndarray", "result.tolist()"
    yield {"p": [1, np.int64(3)]}, r"numpy.int64 at result\['p'\]\[1\]", "tolist"
    yield pd.DataFrame({"a": [1]}), "pandas.DataFrame", "to_dict"
    yield b"abc", "bytes", "AMLResponse"
    yield {1}, "set", "sorted"
    yield {(1, 2): 3}, "tuple at result", "AMLResponse"
    yield object(), "object", "AMLResponse"


@pytest.mark.parametrize(("value", "said", "hint"), list(_results()), ids=lambda v: type(v).__name__)
def test_what_json_cannot_hold_is_named(value: object, said: str, hint: str) -> None:
    with pytest.raises(ResultError, match=said) as caught:
        encode(value)
    assert hint in str(caught.value.hint)
    reply = caught.value.reply()
    assert reply.status == 500
    assert not reply.run_failed
    assert json.loads(bytes(reply.body)) == {  # type: ignore[arg-type]
        "message": "An unexpected internal error occurred. Check the logs for more info."
    }


def test_a_circular_result_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ResultError):
        encode(circle)


@pytest.mark.parametrize(
    ("script", "pieces", "kind"),
    [
        ("yield 'a'\n    yield 'é'", [b"a", "é".encode()], "text/plain; charset=utf-8"),
        ("yield b'\\x00'\n    yield bytearray(b'b')", [b"\x00", b"b"], "application/octet-stream"),
        ("return iter([b'x'])", [b"x"], "application/octet-stream"),
    ],
)
def test_generators_are_streamed(load: Load, script: str, pieces: list[bytes], kind: str) -> None:
    reply = encode(load(f"def init(): pass\ndef run(d):\n    {script}").invoke(post("")))
    assert list(reply.body) == pieces
    assert reply.content_type == kind


def test_a_stream_that_fails_at_once_is_a_500_and_later_a_named_error(load: Load) -> None:
    script = load("def init(): pass\ndef run(d):\n    if d: yield d\n    raise ValueError('spent')")
    with pytest.raises(RunError, match="score.py, line 4: run"):
        encode(script.invoke(post("")))
    pieces = iter(encode(script.invoke(post("first"))).body)
    assert next(pieces) == b"first"
    with pytest.raises(RunError, match="score.py, line 4: run"):
        next(pieces)


def test_an_iterator_of_something_else_is_no_stream() -> None:
    with pytest.raises(ResultError, match="iterator of int"):
        encode(iter([1, 2]))


def test_a_plain_script_loads_nothing_heavy(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text(ECHO)
    code = f"""
import sys
from aml_nb.scoring.entry_script import EntryScript, encode
from aml_nb.scoring.request import Request
script = EntryScript.load({str(script)!r})
encode(script.invoke(Request("POST", "/score", "", {{}}, b"x")))
print(sorted({{"werkzeug", "numpy", "pandas", "IPython", "sqlalchemy", "requests"}} & set(sys.modules)))
"""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("below", ["sources", "."])
def test_more_modules_are_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    """As v1's prebuilt images have it: relative to the sources, or to where the server runs."""
    (tmp_path / below / "libs").mkdir(parents=True)
    (tmp_path / below / "libs/brought_along.py").write_text("VALUE = 3\n")
    (tmp_path / "sources").mkdir(exist_ok=True)
    script = tmp_path / "sources/score.py"
    script.write_text("import brought_along\ndef init(): ...\ndef run(data): return brought_along.VALUE\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("AZUREML_EXTRA_PYTHON_LIB_PATH", "libs")
    monkeypatch.delitem(sys.modules, "brought_along", raising=False)
    assert EntryScript.load(str(script), str(tmp_path / "sources")).run("x") == 3
    monkeypatch.delitem(sys.modules, "brought_along")
