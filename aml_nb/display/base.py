"""The base of what verbs return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

from aml_nb.display import html, text

_S = TypeVar("_S", bound="Shown")


class Shown:
    """Something with text, HTML and data; a cell and a terminal show the same object."""

    _live: Callable[[], Any] | None = None

    def as_text(self, paint: text.Paint = text.plain) -> str:
        """The text for a terminal."""
        raise NotImplementedError

    def as_html(self) -> str:
        """The HTML for a notebook."""
        return html.block(self.as_text())

    def as_data(self) -> Any:
        """What ``--json`` prints."""
        raise NotImplementedError

    def live(self: _S, show: Callable[[], Any] | None) -> _S:
        """Have a cell show it by ``show`` instead, a live panel, which says whether it could; returns itself."""
        self._live = show
        return self

    def _ipython_display_(self) -> None:
        if self._live is None or not self._live():
            raise NotImplementedError  # by this IPython knows to take text and HTML

    def __repr__(self) -> str:
        return self.as_text()

    def _repr_html_(self) -> str:
        return self.as_html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.as_text(), "text/html": self.as_html()}


class Table(Shown, Sequence[Any]):
    """Objects as rows; it is a sequence of the objects themselves."""

    kind: ClassVar[str] = "things"
    heads: ClassVar[tuple[str, ...]] = ()
    state: ClassVar[int | None] = None
    empty: ClassVar[str] = ""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = list(items)

    def row(self, item: Any) -> list[str]:
        """The cells of one object."""
        raise NotImplementedError

    def record(self, item: Any) -> Any:
        """One object for JSON."""
        return item.serialize()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __getitem__(self, key: Any) -> Any:
        """By position, or the first of that name."""
        if isinstance(key, str):
            for item in self.items:
                if item.name == key:
                    return item
            raise KeyError(key)
        return self.items[key]

    def as_text(self, paint: text.Paint = text.plain) -> str:
        if not self.items:
            return self._nothing()
        return text.columns(self.heads, [self.row(item) for item in self.items], paint, self.state)

    def as_html(self) -> str:
        if not self.items:
            return f"<div>{html.cell(self._nothing())}</div>"
        rows: list[list[Any]] = [list(self.row(item)) for item in self.items]
        for row in rows:
            if self.state is not None:
                row[self.state] = html.badge(row[self.state])
        return html.table(self.heads, [[_linked(value) for value in row] for row in rows])

    def as_data(self) -> Any:
        return [self.record(item) for item in self.items]

    def _nothing(self) -> str:
        return f"No {self.kind} here yet." + (f" Try: {self.empty}" if self.empty else "")


class Card(Shown):
    """One thing: its kind, name, state, label and value pairs, and notes below."""

    def __init__(
        self,
        kind: str,
        title: str,
        rows: Sequence[tuple[str, Any]],
        state: Any = None,
        notes: Sequence[str] = (),
        data: Any = None,
    ) -> None:
        self.kind, self.title, self.state = kind, title, state
        self.rows = [(label, value) for label, value in rows if value not in (None, "", {}, [])]
        self.notes = [note for note in notes if note]
        self._data = data

    def as_text(self, paint: text.Paint = text.plain) -> str:
        state = f"  {paint(text.tone_of(self.state), str(self.state))}" if self.state else ""
        head = f"{self.kind} {paint('bold', text.clean(self.title))}{state}"
        parts = [head]
        if self.rows:
            parts.append(text.labels([(label, str(value)) for label, value in self.rows]))
        return "\n".join([*parts, *(f"  {text.clean(note)}" for note in self.notes)])

    def as_html(self) -> str:
        rows = [(label, _linked(value)) for label, value in self.rows]
        return html.card(self.kind, self.title, self.state, rows, self.notes)

    def as_data(self) -> Any:
        return self._data if self._data is not None else {"name": self.title, **dict(self.rows)}


def _linked(value: Any) -> Any:
    """An address becomes a link."""
    if isinstance(value, str) and value.startswith(("http://", "https://")) and " " not in value:
        return html.link(value)
    return value
