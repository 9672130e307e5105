"""The requirements file that v1's prebuilt images install when they start, named by a variable of the environment."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.resolve.as_here import pins
from aml_nb.engines import v1s_images
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment

VARIABLE = "AZUREML_EXTRA_REQUIREMENTS_TXT"


def with_extras(environment: Environment | None, source_directory: str | None, entry_script: str) -> Environment | None:
    """The environment with what that file beside the script asks for; as it is where it names none.

    An interpreter of the user's own that one of v1's images would have brought gives way to packages: those that the
    script imports, as they are here, and the file's. In an image of the user's own the variable means nothing.

    Raises
    ------
    UserErrorException
        The file cannot be read, or is not in the script's folder.
    """
    if environment is None or not entry_script or VARIABLE not in environment.environment_variables:
        return environment
    docker = environment.docker
    own = docker.base_image is not None and not v1s_images.is_v1s(docker.base_image)
    built = docker.base_dockerfile is not None and not v1s_images.started_from(docker.base_dockerfile)
    if own or built or docker.build_context is not None:
        return environment
    from aml_nb.core.environment.conda_checks import is_option
    from aml_nb.core.environment.conda_dependencies import CondaDependencies
    from aml_nb.core.environment.sources import requirement_lines

    folder = os.path.abspath(source_directory or os.path.dirname(os.path.abspath(entry_script)))
    named = environment.environment_variables[VARIABLE]
    path = os.path.abspath(os.path.join(folder, named))
    if not Path(path).is_relative_to(folder):
        raise UserErrorException(
            f"{VARIABLE}={named!r} leads out of the script's folder {folder}.",
            hint="put the file beside the script and name it from there: 'requirements.txt'",
        )
    lines = requirement_lines(path)
    made = copy.deepcopy(environment)
    packages = None if made.python.user_managed_dependencies else made.python.conda_dependencies
    packages = packages or CondaDependencies.create(pip_packages=pins(source_directory, entry_script))
    for line in lines:
        packages.set_pip_option(line) if is_option(line) else packages.add_pip_package(line)
    made.python.user_managed_dependencies, made.python.conda_dependencies = False, packages
    return made
