"""UnknownImage: an image of a kind that this version does not know."""

from __future__ import annotations

from typing import NoReturn

from aml_nb.core.image.image import Image
from aml_nb.errors import NotAvailableError


class UnknownImage(Image):
    """An image that a newer version made; it can be listed and deleted."""

    @staticmethod
    def image_configuration() -> NoReturn:
        """Not for an image of an unknown kind."""
        raise NotAvailableError("There is no configuration for an image of an unknown kind.", hint="ContainerImage")

    def run(self) -> NoReturn:
        """Not for an image of an unknown kind."""
        raise NotAvailableError(f"The image {self.id} is of an unknown kind: it cannot be run.", hint="image.delete()")
