"""The addresses of files, to which MLflow appends as to any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.mlflow.uris import LOGGED, MODELS, RUNS, Place, parse

_WORDS = st.text(st.characters(whitelist_categories=("L", "N"), whitelist_characters="-_."), min_size=1, max_size=12)
_NAMES = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=12)
_FOLDERS = st.lists(_NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=4)


@given(_FOLDERS, st.sampled_from([(RUNS, 1), (LOGGED, 1), (MODELS, 2)]), st.data())
def test_an_address_leads_back(folders: list[str], kind: tuple[str, int], data: st.DataObject) -> None:
    owner = tuple(data.draw(st.lists(_WORDS, min_size=kind[1], max_size=kind[1])))
    path = "/".join(data.draw(st.lists(_NAMES, max_size=3)))
    place = Place(Path("/", *folders), kind[0], owner, path)
    assert parse(str(place)) == place


def test_what_is_appended_is_taken_as_it_is() -> None:
    place = Place(Path("/home/a b/ws"), RUNS, ("r1",), "")
    assert parse(f"{place}/odd%20@runs/#1?x").path == "odd%20@runs/#1?x"


@pytest.mark.parametrize("uri", ["aml-nb:///ws", "aml-nb:///ws/@models/iris", "aml-nb:///ws/@other/x", "runs:/1/x"])
def test_what_is_no_address_of_files(uri: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        parse(uri)
