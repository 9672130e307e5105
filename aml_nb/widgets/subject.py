"""What a panel is about: something that is looked at again and again, and that can be shown at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aml_nb.widgets.panel import Panel


class Subject(ABC):
    """A run, a service, a registry or a batch, as a panel sees it.

    Attributes
    ----------
    name : what it is called, for its thread.
    patience : how long a page is refreshed that nothing changes on, in seconds, where there are no widgets; a page
        cannot tell that nobody sees it any more.
    """

    name: str
    patience: float = 60.0

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether nothing more is to come."""

    @abstractmethod
    def refresh(self) -> set[str]:
        """Look again; the names of the parts that are not what they were."""

    @abstractmethod
    def as_html(self) -> str:
        """The page that stays in a saved notebook."""

    @abstractmethod
    def as_text(self) -> str:
        """The same for a terminal."""

    @abstractmethod
    def panel(self) -> Panel:
        """The widgets that show it; ImportError where there are none here."""
