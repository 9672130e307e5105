"""The names of the package are exactly those it promises."""

from __future__ import annotations

from types import ModuleType

import pytest

import aml_nb


def test_public_names_are_all_and_no_more() -> None:
    loose = {"annotations", "TYPE_CHECKING"}
    held = {n for n, v in vars(aml_nb).items() if not n.startswith("_") and not isinstance(v, ModuleType)}
    assert held - loose <= set(aml_nb.__all__)
    assert dir(aml_nb) == sorted(aml_nb.__all__)


@pytest.mark.parametrize("name", aml_nb.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(aml_nb, name)
    assert name == "__version__" or value.__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Modle'"):
        aml_nb.Modle  # noqa: B018
