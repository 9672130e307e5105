"""What a browser would make of a page: its tags, its attributes and its text."""

from __future__ import annotations

from html.parser import HTMLParser

ALLOWED = {
    "a", "b", "circle", "details", "div", "figcaption", "figure", "img", "line", "polyline", "pre", "rect", "span",
    "summary", "svg", "table", "caption", "tbody", "td", "text", "th", "thead", "title", "tr",
}  # fmt: skip


class Page(HTMLParser):
    """A page taken apart."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(page: str) -> Page:
    """Nothing that somebody wrote has become a tag, an attribute that runs, or an address."""
    found = Page(page)
    assert found.tags <= ALLOWED, found.tags - ALLOWED
    assert not [name for name in found.attributes if name.startswith("on")]
    assert all(address.startswith("data:image/") for address in found.addresses)
    return found
