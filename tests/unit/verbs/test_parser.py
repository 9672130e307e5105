"""The parser raises, names what is near, and declares every verb."""

from __future__ import annotations

import pytest

from aml_nb.errors import UsageError
from aml_nb.verbs import COMMAND, MAGIC, VERBS
from aml_nb.verbs.parser import HelpRequested


def surfaces() -> list[tuple[str, str]]:
    pairs = [(verb.name, MAGIC) for verb in VERBS.values() if verb.magic]
    return pairs + [(verb.name, COMMAND) for verb in VERBS.values() if verb.command]


def parse(verb: str, line: str, surface: str = MAGIC) -> object:
    return VERBS[verb].parser(surface).parse_args(line.split())


@pytest.mark.parametrize(("name", "surface"), surfaces())
def test_every_verb_has_help_that_lists_every_option(name: str, surface: str) -> None:
    parser = VERBS[name].parser(surface)
    text = parser.format_help()
    assert VERBS[name].summary in text
    for option in parser._option_string_actions:
        assert option in text
    assert "examples:" in text


@pytest.mark.parametrize(("name", "surface"), surfaces())
def test_h_gives_the_help_and_does_not_leave(name: str, surface: str) -> None:
    with pytest.raises(HelpRequested, match="usage: "):
        parse(name, "-h", surface)


@pytest.mark.parametrize(
    ("verb", "line", "said"),
    [
        ("deploy", "locl iris", "did you mean local"),
        ("deploy", "local iris --scrip x.py", "did you mean --script"),
        ("deploy", "local iris extra", "one word too many"),
        ("deploy", "local", "NAME"),
        ("deploy", "local iris --port many", "invalid int value"),
        ("service", "stats", "did you mean status"),
        ("service", "logs --level WARN", "did you mean WARNING"),
        ("service", "", "VERB"),
        ("service", "delete", "NAME"),
        ("models", "--al-versions", "did you mean --all-versions"),
        ("aml", "engine proces", "did you mean process"),
        ("register", "iris m.pkl --framework sklearn", "ScikitLearn"),
    ],
)
def test_typing_errors_say_what_was_meant(verb: str, line: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(verb, line)
    assert said in caught.value._text()
    assert caught.value.hint


def test_options_are_not_abbreviated() -> None:
    with pytest.raises(UsageError, match="no option '--all'"):
        parse("models", "--all")


def test_a_negative_number_is_no_option() -> None:
    assert vars(parse("service", "logs iris --lines -1"))["lines"] == -1


def test_the_command_takes_workspace_and_json_at_every_level() -> None:
    args = vars(parse("service", "list --json --workspace course", COMMAND))
    assert args["json"] is True
    assert args["workspace"] == "course"


@pytest.mark.parametrize("surface", [MAGIC, COMMAND])
def test_a_missing_verb_is_told_with_those_there_are(surface: str) -> None:
    with pytest.raises(UsageError, match="service: the VERB is missing") as caught:
        parse("service", "", surface)
    assert caught.value.hint is not None and caught.value.hint.startswith("one of list, status, run, logs")
