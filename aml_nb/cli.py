"""``aml-nb``: the verbs as commands. Only the verb that was asked for is imported."""

from __future__ import annotations

import os
import sys

from aml_nb.verbs import COMMAND, VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aml_nb.verbs.context import Context

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed, 2 called wrongly (serve: 1)."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _main(words)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has had enough
        _mute_stdout()
        return DONE


def _main(words: list[str]) -> int:
    options, rest = _options_before_verb(words)
    if rest[:1] == ["help"] and len(rest) > 1:
        rest = [*rest[1:], "--help"]
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(overview())
        return DONE if rest else MISUSED
    if rest[0] in ("-V", "--version"):
        from aml_nb import __version__

        print(f"aml-nb {__version__}")
        return DONE
    from aml_nb.errors import AmlError, UsageError

    try:
        return _run(rest[0], options + rest[1:])
    except UsageError as error:
        # Who starts the server in place of v1's command knows that one's exit codes.
        return _complain(error._text(), FAILED if rest[0] == "serve" else MISUSED)
    except AmlError as error:
        return _complain(error._text(), FAILED)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return _complain(f"{type(error).__name__}: {error}", FAILED)


def _options_before_verb(words: list[str]) -> tuple[list[str], list[str]]:
    """``--workspace`` and ``--json`` may stand before the verb too."""
    options: list[str] = []
    while words and (words[0] == "--json" or words[0].split("=")[0] == "--workspace"):
        count = 2 if words[0] == "--workspace" else 1
        options += words[:count]
        words = words[count:]
    return options, words


def _run(name: str, words: list[str]) -> int:
    from aml_nb.errors import UsageError
    from aml_nb.verbs.context import Context

    verb = next((v for v in VERBS.values() if v.command and name in (v.command_name, v.name)), None)
    if verb is None:
        from aml_nb.verbs.parser import near_text

        known = [v.command_name for v in VERBS.values() if v.command]
        what = "option" if name.startswith("-") else "command"
        raise UsageError(f"aml-nb: no {what} {name!r}{near_text(name, known)}", hint="aml-nb --help")
    context = Context(COMMAND, say=lambda text: print(text, file=sys.stderr))
    result = verb.run(words, context)
    if isinstance(result, int):
        return result
    _show(result, context)
    return DONE


def _show(result: Any, context: Context) -> None:
    if context.json:
        from aml_nb.verbs.jsonable import as_json

        print(as_json(_data(result), indent=2))
        return
    from aml_nb.display.base import Card, Shown, Table
    from aml_nb.display.text import ansi, colours, plain

    paint = ansi if colours() else plain
    text = result.as_text(paint) if isinstance(result, Shown) else str(result)
    if text:
        print(_in_terminal(text) if isinstance(result, (Card, Table)) else text)


def _data(result: Any) -> Any:
    for way in ("as_data", "serialize"):
        if hasattr(result, way):
            return getattr(result, way)()
    return {"message": str(result)}


def _complain(text: str, code: int) -> int:
    print(_in_terminal(text), file=sys.stderr)
    return code


def _in_terminal(text: str) -> str:
    """Hints name magics; in a terminal the same verbs are commands, and JSON is quoted for the shell."""
    import re

    names = "|".join(name for name, verb in VERBS.items() if verb.magic and verb.command)
    text = re.sub(rf"%%?({names})\b", lambda match: f"aml-nb {match[1].replace('_', '-')}", text)
    return re.sub(r"(aml-nb [\w-]+ run \S+ )(\{[^'\n]*\})", r"\1'\2'", text)


def overview() -> str:
    """What ``aml-nb --help`` prints; it imports no verb."""
    verbs = [verb for verb in VERBS.values() if verb.command]
    width = max(len(verb.command_name) for verb in verbs)
    lines = [f"  {verb.command_name.ljust(width)}  {verb.summary}" for verb in verbs]
    return "\n".join(
        [
            "usage: aml-nb COMMAND [options]",
            "",
            "Azure Machine Learning's SDK v1 workflow on a laptop: register, deploy, call and mend models.",
            "",
            "commands:",
            *lines,
            "",
            "everywhere:",
            "  -h, --help        the help of a command: aml-nb deploy --help",
            "  --workspace NAME  the workspace to work in",
            "  --json            print JSON",
            "  --version         the version",
        ]
    )


def _mute_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
