"""The magics: thin stubs over ``aml_nb.verbs``, which is imported when one is first used."""

from __future__ import annotations

from aml_nb.verbs import MAGIC, VERBS, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell

    from aml_nb.verbs.context import Context

_KINDS = {"line": ("line",), "cell": ("line", "cell"), "both": ("line", "cell")}


class Magic:
    """One verb as a magic function; its documentation is built from the parser when somebody asks."""

    _ipython_magic_no_var_expand = True  # JSON has braces of its own; words.py expands the rest

    def __init__(self, verb: Verb, session: Session) -> None:
        self._verb, self._session = verb, session
        self.__name__ = self.__qualname__ = verb.name

    def __call__(self, line: str = "", cell: str | None = None) -> Any:
        from aml_nb.magics import running

        return running.run(self._verb, self._session, line, cell)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return self._verb.parser(MAGIC).format_help()

    def getdoc(self) -> str:
        """What ``?`` shows."""
        return self.__doc__

    def __repr__(self) -> str:
        return f"<magic {self._verb.name}: {self._verb.summary}>"


class Session:
    """What one kernel's magics share; the context is made when the first of them runs."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """The state that lives as long as the kernel."""
        if self._context is None:
            from aml_nb.verbs.context import Context

            self._context = Context(MAGIC, self.shell.user_ns, live=_live)
        return self._context


def _live(thing: Any, **options: Any) -> bool:
    from aml_nb.magics import live

    return live.show(thing, **options)


def register(shell: InteractiveShell) -> None:
    """Give the shell the magics, their completion and the display of v1's objects."""
    unregister(shell)
    session = Session(shell)
    for verb in VERBS.values():
        if verb.magic is not None:
            magic = Magic(verb, session)
            for kind in _KINDS[verb.magic]:
                shell.register_magic_function(magic, kind, verb.name)
    _add_completion(shell, session)
    shell.events.register("post_run_cell", _after_cell)
    from aml_nb.magics import formatters

    formatters.register(shell)


def unregister(shell: InteractiveShell) -> None:
    """Take away what ``register`` gave."""
    for table in shell.magics_manager.magics.values():
        for name in [name for name, magic in table.items() if isinstance(magic, Magic)]:
            del table[name]
    completer = getattr(shell, "Completer", None)
    if completer is not None:
        ours = [m for m in completer.custom_matchers if getattr(m, "matcher_identifier", "") == _MATCHER]
        for matcher in ours:
            completer.custom_matchers.remove(matcher)
    if _after_cell in shell.events.callbacks["post_run_cell"]:
        shell.events.unregister("post_run_cell", _after_cell)
    from aml_nb.magics import formatters

    formatters.unregister(shell)


def _after_cell(result: Any) -> None:
    if type(result.error_in_exec).__name__ == "UsageError":
        from aml_nb.magics import mistyped

        mistyped.tell(result)


_MATCHER = "aml_nb"


def _add_completion(shell: InteractiveShell, session: Session) -> None:
    completer = getattr(shell, "Completer", None)
    if completer is None:
        return
    from IPython.core.completer import context_matcher

    @context_matcher(identifier=_MATCHER, priority=1000.0)
    def match(context: Any) -> Any:
        if "%" not in context.line_with_cursor:
            return {"completions": []}
        from aml_nb.magics import completion

        return completion.match(session, context)

    completer.custom_matchers.append(match)
