"""One request, without tornado: what the functions of the route table are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aml_nb.labserver.faults import Refusal

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.labserver.site import Site


@dataclass(frozen=True)
class Call:
    """One request.

    Parameters
    ----------
    site : the server.
    parts : what the address names: ``ws``, ``kind``, ``id``.
    query : the words behind the question mark.
    body : the JSON object that was sent.
    changing : whether it may change something.
    """

    site: Site
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    changing: bool = False

    @property
    def workspace(self) -> Workspace:
        """The workspace that the address names."""
        return self.site.workspaces.get(self.parts["ws"], self.changing)

    @property
    def id(self) -> str:
        """The id that the address names."""
        return self.parts["id"]

    def word(self, name: str, default: str = "") -> str:
        """A word of the query."""
        return self.query.get(name, default)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number of the query, kept between two others.

        Raises
        ------
        Refusal : it is no number.
        """
        text = self.query.get(name)
        if text is None:
            return default
        try:
            return max(least, min(most, int(text)))
        except ValueError:
            raise Refusal(f"{name} must be a whole number, not {text[:40]!r}.") from None

    def given(self, name: str, kind: type | tuple[type, ...], default: Any = None, *, needed: bool = False) -> Any:
        """A value of the body.

        Raises
        ------
        Refusal : it is of another type, or it is needed and was left out.
        """
        value = self.body.get(name)
        if value is None:
            if needed:
                raise Refusal(f"The request lacks {name!r}.")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            words = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
            raise Refusal(f"{name!r} must be of type {words}, not {type(value).__name__}.")
        return value
