"""Client code: literals hold any text in any language, keys stay out, comments end where they should."""

from __future__ import annotations

import ast
import json
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.webservice.client_code import LANGUAGES, language_of, quoting, snippet
from aml_nb.core.webservice.client_code.facts import Facts
from aml_nb.errors import UserErrorException

EVIL = st.sampled_from(
    ['"', "'", "\\", "\\u000a", "\\\\u0022", "</script>", "<!--", "*/", "`", "${x}", "{{}}", "%{http_code}", "@f",
     "\u2028", "\x85", "\0", "\r\n", "é", "😀", "{heading}", "#"]
)  # fmt: skip
TEXTS = st.lists(EVIL | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=8).map("".join)
_ESCAPE = re.compile(r"\\(?:U([0-9a-f]{8})|u([0-9a-f]{4})|([0-7]{3})|([nrt\"\\]))", re.DOTALL)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def read(literal: str) -> str:
    """The text of a C#, Go or Java literal, as those languages' grammars read it."""
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', literal)

    def value(match: re.Match[str]) -> str:
        long, short, octal, letter = match.groups()
        return _SHORT[letter] if letter else chr(int(long or short, 16) if long or short else int(octal, 8))

    text = _ESCAPE.sub(value, literal[1:-1])
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


@given(TEXTS)
def test_python(text: str) -> None:
    assert ast.literal_eval(quoting.python(text)) == text
    assert quoting.python(text).isascii()


@given(TEXTS)
def test_a_shell(text: str) -> None:
    assert shlex.split(quoting.shell(text)) == [text.replace("\0", "")]


@given(TEXTS)
def test_javascript(text: str) -> None:
    literal = quoting.javascript(text)
    assert json.loads(literal) == text
    assert literal.isascii() and "</" not in literal and "<!" not in literal


@given(TEXTS)
@pytest.mark.parametrize("quote", [quoting.go, quoting.csharp, quoting.java])
def test_the_others(quote: object, text: str) -> None:
    literal = quote(text)  # type: ignore[operator]
    assert literal.isascii() and literal.isprintable()
    assert read(literal) == text


@given(TEXTS)
def test_java_never_sees_a_quote_or_a_line_break_before_it_looks_for_strings(text: str) -> None:
    # Java replaces \uXXXX first of all, save behind an odd number of backslashes.
    eligible = re.findall(r"(?<!\\)(?:\\\\)*\\u([0-9a-f]{4})", quoting.java(text))
    assert all(int(code, 16) >= 0x80 for code in eligible)


@given(TEXTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_ends_no_comment(language: str, name: str) -> None:
    usual = snippet(language, Facts("iris", "https://localhost/score", "key", "{}"))
    evil = snippet(language, Facts(name, "https://localhost/score", "key", "{}"))
    mark = "//" if usual.startswith("//") else "#"
    assert [not line.startswith(mark) for line in evil.split("\n")] == [
        not line.startswith(mark) for line in usual.split("\n")
    ]
    assert "\\" not in evil.split("\n")[0] and evil.split("\n")[0].isprintable()


@given(TEXTS)
def test_a_python_client_of_any_body_compiles(body: str) -> None:
    compile(snippet("python", Facts("iris", "http://localhost/score", "key", body, secret=body)), "client.py", "exec")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_key_is_written_only_when_asked(language: str) -> None:
    facts = Facts("iris", "http://localhost:1/score", "key")
    assert "AML_SERVICE_KEY" in snippet(language, facts)
    told = snippet(language, Facts("iris", "http://localhost:1/score", "key", "{}", "s3cret"))
    assert "s3cret" in told and "AML_SERVICE_KEY" not in told
    unlocked = snippet(language, Facts("iris", "http://localhost:1/score"))
    assert "AML_SERVICE_KEY" not in unlocked and "Bearer" not in unlocked


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_to_trust_ones_own_certificate_is_told_for_https_alone(language: str) -> None:
    assert "service.pem" in snippet(language, Facts("iris", "https://localhost/score"))
    assert "service.pem" not in snippet(language, Facts("iris", "http://localhost/score"))


def test_where_a_token_comes_from() -> None:
    text = snippet("python", Facts("iris", "http://localhost/score", "token"))
    assert "Webservice(ws, 'iris').get_access_token().access_token" in text


def test_names_of_languages() -> None:
    assert [language_of(word) for word in ("C#", "Golang", " js ", "Java")] == ["csharp", "go", "javascript", "java"]
    with pytest.raises(UserErrorException, match="did you mean python") as caught:
        snippet("pyhton", Facts("iris", "http://localhost/score"))
    assert caught.value.hint == "one of python, curl, csharp, go, java, javascript"
    with pytest.raises(UserErrorException, match="no client code in 'cobol'"):
        language_of("cobol")


def test_a_body_that_no_program_holds() -> None:
    with pytest.raises(UserErrorException, match="30000 characters"):
        snippet("java", Facts("iris", "http://localhost/score", body="x" * 30_000))


def test_a_cell_shows_the_text_as_it_is() -> None:
    text = snippet("go", Facts("iris", "http://localhost/score"))
    assert (repr(text), text.file, text.language) == (str(text), "client.go", "go")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_that_only_the_certificate_knows_is_led_here(language: str) -> None:
    facts = Facts("iris", "https://www.contoso.com:4443/score", alias="www.contoso.com")
    assert "'127.0.0.1 www.contoso.com' | sudo tee -a /etc/hosts" in snippet(language, facts)
    assert "/etc/hosts" not in snippet(language, Facts("iris", "https://localhost/score"))
