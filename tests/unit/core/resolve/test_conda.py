"""conda's requirements as pip's."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from aml_nb.core.resolve.conda import translate
from aml_nb.errors import UserErrorException


@pytest.mark.parametrize(
    ("text", "name", "specifier"),
    [
        ("numpy", "numpy", ""),
        ("numpy=1.16", "numpy", "==1.16.*"),
        ("numpy=1.16.2", "numpy", "==1.16.2.*"),
        ("numpy==1.16.2", "numpy", "==1.16.2"),
        ("numpy=1.16.*", "numpy", "==1.16.*"),
        ("numpy==1.16.*", "numpy", "==1.16.*"),
        ("numpy=1.16*", "numpy", "==1.16.*"),
        ("numpy=1.16.2=py37_0", "numpy", "==1.16.2.*"),
        ("numpy 1.16.2 py37_0", "numpy", "==1.16.2"),
        ("numpy 1.16.*", "numpy", "==1.16.*"),
        ("numpy *", "numpy", ""),
        ("numpy>=1.16,<2", "numpy", ">=1.16,<2"),
        ("numpy >=1.16, <2", "numpy", ">=1.16,<2"),
        ("numpy>=1.16.*", "numpy", ">=1.16"),
        ("numpy!=1.16.*", "numpy", "!=1.16.*"),
        ("numpy=1.16|=1.17", "numpy", ""),
        ("numpy[version='>=1.16,<2']", "numpy", ">=1.16,<2"),
        ("numpy[build=py37_0]", "numpy", ""),
        ("conda-forge::scikit-learn=0.22", "scikit-learn", "==0.22.*"),
        ("ruamel.yaml=0.17", "ruamel.yaml", "==0.17.*"),
        ("_libgcc_mutex=0.1=main", "_libgcc_mutex", "==0.1.*"),
    ],
)
def test_translate(text: str, name: str, specifier: str) -> None:
    assert translate(text) == (name, specifier)
    SpecifierSet(specifier)


@pytest.mark.parametrize("text", ["", "=1.0", "numpy()", "https://example.org/x.tar.bz2"])
def test_what_is_no_requirement(text: str) -> None:
    with pytest.raises(UserErrorException, match="no conda requirement"):
        translate(text)
