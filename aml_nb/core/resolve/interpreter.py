"""Whether an interpreter of the user's own can run a scoring worker."""

from __future__ import annotations

import subprocess

from aml_nb.errors import UserErrorException

_PROBE = """
import sys
from importlib.metadata import PackageNotFoundError, version
if sys.version_info < (3, 10):
    sys.exit("it is Python %d.%d, and 3.10 is the oldest that will do" % sys.version_info[:2])
for name in sys.argv[1:]:
    try:
        version(name)
    except PackageNotFoundError:
        sys.exit(name + " is not installed in it")
"""


def check_interpreter(python: str) -> None:
    """Raise UserErrorException where a worker could not even start in ``python``."""
    from packaging.requirements import Requirement

    from aml_nb import scoring

    names = [Requirement(text).name for text in scoring.REQUIREMENTS]
    try:
        done = subprocess.run(
            [python, "-I", "-c", _PROBE, *names], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserErrorException(f"The interpreter {python} cannot be run: {error}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        wanted = " ".join(f"'{text}'" for text in scoring.REQUIREMENTS)
        raise UserErrorException(
            f"The interpreter {python} cannot serve: {said[-1] if said else 'it failed without a word'}.",
            hint=f"{python} -m pip install {wanted}",
        )
