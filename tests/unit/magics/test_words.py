"""A magic's line: JSON stays JSON, variables are put in."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.errors import UsageError
from aml_nb.magics.words import Variable, check_variables, split, words


def ipython_expand(word: str) -> str:
    return word.replace("{name}", "iris")


def expanded(line: str, **variables: Any) -> list[str]:
    return words(line, variables, ipython_expand)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", []),
        ("list", ["list"]),
        ("  a   b ", ["a", "b"]),
        ("a 'b c' d", ["a", "b c", "d"]),
        ('run iris {"data": [[1, 2.5]]}', ["run", "iris", '{"data": [[1, 2.5]]}']),
        ("run [[1, 2], [3, 4]] --x 1", ["run", "[[1, 2], [3, 4]]", "--x", "1"]),
        ('run \'{"a": "it"}\'', ["run", '{"a": "it"}']),
        ("{a + b} c", ["{a + b}", "c"]),
        ("--tag a='b c'", ["--tag", "a=b c"]),
        ("é 'ü ö'", ["é", "ü ö"]),
        ("a # b", ["a", "#", "b"]),
    ],
)
def test_split(line: str, parts: list[str]) -> None:
    assert split(line) == parts


def test_an_open_quote_is_an_error_with_the_text() -> None:
    with pytest.raises(UsageError, match="No closing quotation: 'abc"):
        split("run 'abc")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"data": [[1, 2]]', "Expecting ',' delimiter"),
        ('{"data": 1}}', "Extra data"),
        ('{ "data": ', "Expecting value"),
    ],
)
def test_json_whose_braces_do_not_fit_is_told_as_that(body: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        split(f"run iris {body}")
    assert caught.value.message == f"{body.strip()} is no JSON: {why}"
    assert split(f"run iris '{body}'") == ["run", "iris", body]


def test_a_variable_alone_is_the_object_itself() -> None:
    payload = {"data": [[1]]}
    (word,) = expanded("$payload", payload=payload)
    assert isinstance(word, Variable)
    assert word.value is payload


def test_attributes_of_variables() -> None:
    class Data:
        sample = "text"

    (word,) = expanded("$data.sample", data=Data())
    assert word == "text"
    assert expanded("$data.nothing", data=Data()) == ["$data.nothing"]


def test_objects_have_a_name_as_words() -> None:
    class Registered:
        id, name, version = "iris:2", "iris", 2

    class Service:
        name = "iris-svc"

    assert expanded("$m $s $p $n $d", m=Registered(), s=Service(), p=Path("a/b"), n=3, d={}) == [
        "iris:2", "iris-svc", "a/b", "3", "dict",
    ]  # fmt: skip


def test_an_object_that_is_given_a_name_is_kept() -> None:
    table = {"a": [1]}
    (word,) = expanded("iris=$table", table=table)
    assert (str(word), word.value) == ("iris={'a': [1]}", table)
    assert expanded("depth=$depth x=$nothing", depth=5) == ["depth=$depth", "x=$nothing"]  # IPython's, as ever


def test_variables_inside_json() -> None:
    assert expanded("""'{"data": $rows, "k": "$$5"}'""", rows=[[1, 2]]) == ['{"data": [[1, 2]], "k": "$5"}']


def test_json_is_never_formatted() -> None:
    assert expanded('{"x": 5}', x=1) == ['{"x": 5}']
    assert expanded("[1]") == ["[1]"]


def test_braces_expand_as_ipython_does() -> None:
    assert expanded("{name}") == ["iris"]
    assert expanded("--model {name}:1") == ["--model", "iris:1"]


def test_an_unknown_variable_stays_as_typed() -> None:
    assert expanded("$nothing") == ["$nothing"]


@pytest.mark.parametrize("line", ["train.py --param rate=$rate", "run iris $rate", "delete $rate.name"])
def test_a_variable_that_is_not_there_is_named_before_anything_runs(line: str) -> None:
    with pytest.raises(UsageError, match=r"no variable '\$rate"):
        check_variables(line, {"other": 1})


def test_variables_that_are_there_and_dollars_are_let_through() -> None:
    check_variables("a $x b=$x $x.real $$x 'costs $5' {x} $ --tag price=$$", {"x": 1})


@settings(deadline=None)
@given(st.lists(st.text(min_size=1)))
def test_what_a_shell_would_quote_comes_back(parts: list[str]) -> None:
    assert split(shlex.join(parts)) == parts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON) | st.lists(JSON))
def test_any_json_is_one_word_and_stays(value: Any) -> None:
    text = json.dumps(value)
    assert words(f"run iris {text} --x", {"a": 1}, ipython_expand) == ["run", "iris", text, "--x"]


@settings(deadline=None)
@given(st.text())
def test_any_line_splits_or_is_refused_with_a_hint(line: str) -> None:
    try:
        split(line)
    except UsageError as error:
        assert error.hint
