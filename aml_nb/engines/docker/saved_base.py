"""The image that a saved Dockerfile starts from, so that ``docker build`` takes it as it is."""

from __future__ import annotations

import os
from collections.abc import Callable

from aml_nb.engines import v1s_images
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import daemon
from aml_nb.engines.docker.context import DEFAULT_BASE
from aml_nb.engines.docker.interpreter import SETTING
from aml_nb.errors import UserErrorException, WebserviceException


def saved_base(packages: Packages, say: Callable[[str], None]) -> str:
    """The environment's image, the one that ``AML_NB_BASE_IMAGE`` names, or the usual one.

    Where a daemon answers that neither has nor gets the usual one, or one of v1's own, it is the one that a
    deployment here would start from.
    """
    setting = os.environ.get(SETTING)
    wanted = packages.base_image or setting or DEFAULT_BASE
    if packages.dockerfile or daemon.trouble() is not None:
        return wanted
    from aml_nb.engines.docker import base_image

    if wanted == setting or not (wanted == DEFAULT_BASE or v1s_images.is_bare(wanted)):
        return wanted
    try:
        made = base_image.instead_of(wanted)
    except (UserErrorException, WebserviceException):  # none can be made: whoever builds it names another
        made = None
    if made is None:
        return wanted
    made = setting or made
    say(
        f"Docker here neither has {wanted} nor can pull it: the Dockerfile starts from {made}. "
        f"Elsewhere: docker build --build-arg BASE_IMAGE={wanted}"
    )
    return made
