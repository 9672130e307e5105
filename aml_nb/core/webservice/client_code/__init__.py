"""Clients of a web service in other languages: snippets that run as they are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.webservice.client_code.facts import Facts
    from aml_nb.core.webservice.webservice import Webservice

LANGUAGES = ("python", "curl", "csharp", "go", "java", "javascript")
_ALSO = {"c#": "csharp", "golang": "go", "js": "javascript", "node": "javascript", "py": "python", "bash": "curl"}
# A longer string is no constant in Java, nor one word of a command everywhere.
_LONGEST = 20_000


class Snippet(str):
    """The text of a client; a cell shows it as it is. ``file`` is a name to save it under."""

    language: str
    file: str

    def __repr__(self) -> str:
        return str(self)


def snippet(language: str, facts: Facts) -> Snippet:
    """The client in one language.

    Raises
    ------
    UserErrorException : an unknown language, or a body that is too long to stand in a program.
    """
    name = language_of(language)
    if len(facts.body) > _LONGEST:
        raise UserErrorException(
            f"The body has {len(facts.body)} characters; in a snippet it may have {_LONGEST}.",
            hint="give a shorter example: service.client_code(language, body='{\"data\": [[1, 2]]}')",
        )
    module: Any = import_module(f"aml_nb.core.webservice.client_code.languages.{name}")
    text = Snippet(module.write(facts))
    text.language, text.file = name, module.FILE
    return text


def language_of(language: str) -> str:
    """The language's name here; ``C#`` and ``js`` are known too."""
    word = str(language).strip().lower()
    name = _ALSO.get(word, word)
    if name in LANGUAGES:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, LANGUAGES, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise UserErrorException(f"There is no client code in {language!r}{meant}", hint=f"one of {', '.join(LANGUAGES)}")


def of_service(service: Webservice, language: str, body: Any = None, key: bool = False) -> Snippet:
    """The client of a service; ``Webservice.client_code`` documents it."""
    from aml_nb.core.webservice.client_code.service import facts_of

    name = language_of(language)
    return snippet(name, facts_of(service, body, key))
