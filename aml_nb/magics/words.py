"""Split a magic's line into words and put the user's variables in.

JSON stands as one word without quotes, and is left as it is: its braces are not IPython's.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from aml_nb.errors import UsageError
from aml_nb.verbs.jsonable import as_json

_NAME = re.compile(r"\$(\$|[A-Za-z_][\w.]*)")
_ASSIGNED = re.compile(r"([\w.-]+)=\$([A-Za-z_][\w.]*)")
_BODY = re.compile(r'\{\s*"')
_DECODER = json.JSONDecoder()


class Variable(str):
    """The text of a word that was just ``$name``; ``value`` is the object itself."""

    value: Any

    @classmethod
    def of(cls, value: Any) -> Variable:
        """Wrap the object; as a name it is what v1's object calls itself, ``name:version`` for a model."""
        word = cls(_text_of(value))
        word.value = value
        return word

    @classmethod
    def named(cls, name: str, value: Any) -> Variable:
        """The object of ``name=$variable``."""
        word = cls(f"{name}={value}")
        word.value = value
        return word


def _text_of(value: Any) -> str:
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if isinstance(value, (str, int, float)):
        return str(value)
    for attribute in ("id", "name"):
        found = getattr(value, attribute, None)
        if isinstance(found, str) and (attribute == "name" or hasattr(value, "version")):
            return found
    return type(value).__name__


def words(line: str, variables: Mapping[str, Any], expand: Callable[[str], str]) -> list[str]:
    """The words of the line; ``expand`` does IPython's ``{expression}``."""
    return [_expanded(word, variables, expand) for word in split(line)]


def check_variables(line: str, variables: Mapping[str, Any]) -> None:
    """Refuse ``$name`` and ``key=$name`` of a variable that is not there: nothing is meant to run with that text.

    Raises
    ------
    UsageError : there is no such variable.
    """
    for word in split(line):
        match = _NAME.fullmatch(word) or _ASSIGNED.fullmatch(word)
        name = match[match.lastindex or 1] if match else "$"
        if name != "$" and not lookup(name, variables)[0]:
            raise UsageError(
                f"no variable '${name}' in this notebook", hint=f"define {name} in a cell; $$ stands for a dollar sign"
            )


def split(line: str) -> list[str]:
    """Split as a shell does, but take a JSON document or balanced braces as one word."""
    found: list[str] = []
    rest = line.strip()
    while rest:
        end = _json_end(rest) or _brace_end(rest)
        if end:
            found.append(rest[:end])
        else:
            if _BODY.match(rest):
                raise _no_json(rest)
            word, end = _shell_word(rest)
            found.append(word)
        rest = rest[end:].lstrip()
    return found


def _shell_word(text: str) -> tuple[str, int]:
    stream = io.StringIO(text)
    lexer = shlex.shlex(stream, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        word = lexer.get_token()
    except ValueError as error:
        raise UsageError(f"{error}: {text}", hint="put text with spaces or quotes between '…'") from None
    end = stream.tell()
    return word or "", end


def _json_end(text: str) -> int:
    if text[0] not in "{[":
        return 0
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    return end if end == len(text) or text[end].isspace() else 0


def _no_json(text: str) -> UsageError:
    """What is wrong with a document whose braces do not fit."""
    try:
        json.loads(text)
        why = "it does not end"
    except (ValueError, RecursionError) as error:
        why = str(error).partition(": line")[0]
    return UsageError(f"{text} is no JSON: {why}", hint="close every brace; between '…' it is sent as it is")


def _brace_end(text: str) -> int:
    """Where ``{an expression}`` that begins the text ends."""
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            end = position + 1
            return end if text[0] == "{" and (end == len(text) or text[end].isspace()) else 0
    return 0


def _expanded(word: str, variables: Mapping[str, Any], expand: Callable[[str], str]) -> str:
    if "$" not in word and "{" not in word:
        return word
    if _is_json(word):
        return word
    whole = _NAME.fullmatch(word)
    if whole and whole[1] != "$":
        found, value = lookup(whole[1], variables)
        return Variable.of(value) if found else word
    assigned = _ASSIGNED.fullmatch(word)
    if assigned:
        found, value = lookup(assigned[2], variables)
        if found and not isinstance(value, (str, int, float)):
            return Variable.named(assigned[1], value)
    if word.lstrip()[:1] in "[{" and word[1:2] in "\"'[{":
        return _NAME.sub(lambda match: _inside_json(match, variables), word)
    return expand(word)


def _inside_json(match: re.Match[str], variables: Mapping[str, Any]) -> str:
    if match[1] == "$":
        return "$"
    found, value = lookup(match[1], variables)
    return as_json(value) if found else match[0]


def _is_json(word: str) -> bool:
    return bool(word) and word[0] in "{[" and _json_end(word) == len(word)


def lookup(name: str, variables: Mapping[str, Any]) -> tuple[bool, Any]:
    """The variable ``name``, or an attribute of one (``data.sample``)."""
    first, *rest = name.split(".")
    if first not in variables:
        return False, None
    value = variables[first]
    for part in rest:
        if not hasattr(value, part):
            return False, None
        value = getattr(value, part)
    return True, value
