"""What uv says, told to someone who wrote a pin. The texts are uv's own, from failed installations."""

from __future__ import annotations

import pytest

from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.resolve import uv_errors
from aml_nb.core.resolve.wanted import Wanted, collect
from aml_nb.engines import installers

GONE = """\
error: No solution found when resolving dependencies
  cause: Because there is no version of iniconfig==77.0.0 and you require iniconfig==77.0.0, we can conclude that \
your requirements are unsatisfiable.
"""
OLD_STYLE = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because scikit-learn==0.20.3 has no wheels with a matching Python ABI tag (e.g., `cp311`) and you require
      scikit-learn==0.20.3, we can conclude that your requirements are unsatisfiable.
"""
BUILD = """\
Resolved 4 packages in 552ms
   Building scikit-learn==0.20.3
error: Failed to build `scikit-learn==0.20.3`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta:__legacy__.get_requires_for_build_wheel` failed (exit status: 1)
[stderr]
Traceback (most recent call last):
  File "<string>", line 14, in <module>
ModuleNotFoundError: No module named 'numpy.distutils'
"""
OFFLINE = """\
error: Request failed after 3 retries in 9.3s
  cause: Failed to fetch: https://example.org/simple/httptools/
  cause: dns error
"""
FULL = "error: failed to write to file `/x/y`: No space left on device (os error 28)\n"


def wanted() -> Wanted:
    packages = CondaDependencies.create(
        conda_packages=["scikit-learn==0.20.3", "numpy"], pip_packages=["iniconfig==77.0.0"]
    )
    return collect(packages)


@pytest.mark.parametrize(
    ("said", "names", "says", "hint"),
    [
        (
            GONE,
            "iniconfig==77.0.0 is not to be had",
            "there is no version of iniconfig",
            "add_pip_package('iniconfig')",
        ),
        (OLD_STYLE, "scikit-learn==0.20.3 has no wheel", "cp311", "scikit-learn"),
        (BUILD, "scikit-learn==0.20.3 has no ready-made wheel", "No module named 'numpy.distutils'", "RELAX_PINS"),
        (OFFLINE, "cannot be reached: no network", "dns error", "connect"),
        (FULL, "cannot be written", "No space left", "AML_NB_HOME"),
    ],
)
def test_an_error_names_the_pin_what_was_tried_and_the_way_out(said: str, names: str, says: str, hint: str) -> None:
    error = uv_errors.cannot_install("iris", wanted(), "ready-made wheels", said)
    assert "'iris'" in error.message
    assert names in error.message
    assert says in error.message
    assert hint in (error.hint or "")
    assert len(error.message.splitlines()) < 12


@pytest.mark.parametrize(("said", "again"), [(GONE, False), (OLD_STYLE, True), (OFFLINE, False), (FULL, False)])
def test_only_what_can_help_is_tried_again(said: str, again: bool) -> None:
    assert installers.may_be_built(said) is again


def test_a_python_that_is_not_there() -> None:
    error = uv_errors.no_venv("iris", "3.99", "error: No interpreter found for Python 3.99\n")
    assert "Python 3.99" in error.message
    assert "set_python_version" in (error.hint or "")


@pytest.mark.parametrize(("version", "said"), [(None, "error: uv was ended by signal 25"), ("3.99", FULL)])
def test_a_venv_that_cannot_be_written(version: str | None, said: str) -> None:
    error = uv_errors.no_venv("iris", version, said)
    assert "cannot be written" in error.message
    assert said.strip()[:30] in error.message
