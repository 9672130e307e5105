"""The image that a saved Dockerfile starts from, so that ``docker build`` takes it as it is."""

from __future__ import annotations

import os
from collections.abc import Callable

from aml_nb.engines.base import Packages
from aml_nb.engines.docker import daemon
from aml_nb.engines.docker.context import DEFAULT_BASE
from aml_nb.engines.docker.interpreter import SETTING
from aml_nb.errors import UserErrorException, WebserviceException


def saved_base(packages: Packages, say: Callable[[str], None]) -> str:
    """The environment's image, the one that ``AML_NB_BASE_IMAGE`` names, or the usual one.

    Where a daemon answers that neither has nor gets the usual one, it is the one made from the running Python.
    """
    chosen = packages.base_image or os.environ.get(SETTING)
    if chosen or packages.dockerfile or daemon.trouble() is not None:
        return chosen or DEFAULT_BASE
    from aml_nb.engines.docker import base_image

    try:
        made = base_image.instead_of(DEFAULT_BASE)
    except (UserErrorException, WebserviceException):  # none can be made: whoever builds it names another
        made = None
    if made is None:
        return DEFAULT_BASE
    say(
        f"Docker here neither has {DEFAULT_BASE} nor can pull it: the Dockerfile starts from {made}, made from this "
        f"Python. Elsewhere: docker build --build-arg BASE_IMAGE={DEFAULT_BASE}"
    )
    return made
