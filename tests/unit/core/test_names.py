from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core import names
from aml_nb.errors import (
    AzureMLException,
    ComputeTargetException,
    UserErrorException,
    WebserviceException,
)

GOOD = {
    "webservice": ["abc", "a-1", "a" * 32],
    "image": ["1.a", "abc", "a" * 32],
    "model": ["a", "Iris_1.2-x", "0" * 255],
    "workspace": ["abc", "A_b-3", "a" * 33],
    "experiment": ["a", "a" * 255, "My-exp_1"],
    "namespace": ["a", "a" * 63, "a-b"],
    "profile": ["iris-profile", "1"],
    "version": ["1", "version-a", "v_2", "a" * 32],
    "compute": ["cpu-cluster", "aks", "A1"],
    "datastore": ["workspaceblobstore", "my_store"],
    "secret": ["my-secret", "A1"],
    "cluster": ["ab", "cpu-cluster", "A1", "a" * 32],
    "instance": ["abc", "my-instance1", "a" * 24],
}
BAD = {
    "webservice": ["ab", "a" * 33, "1abc", "Abc", "abc-", "a_bc", "abc\n", "", None, 3],
    "image": ["ab", ".abc", "abc-", "A-b-c", "a" * 33],
    "model": ["", "-a", ".a", "a b", "a/b", "../x", "a" * 256, "modèle", "a\n", None],
    "workspace": ["ab", "a" * 34, "-ab", "a.b", "a b", "../abc", "абв", ""],
    "experiment": ["", "-a", "a b", "a" * 256],
    "namespace": ["", "-a", "a-", "A", "a" * 64],
    "profile": ["", "-a", "a b"],
    "version": ["", "A", "-a", "a-", "a.b", "a" * 33, None],
    "compute": ["", "a b", "../a", "-a"],
    "datastore": ["", "a-b", "a/b"],
    "secret": ["", "a_b", "a b", "../x"],
    "cluster": ["", "a", "1abc", "a_b", "a-", "a" * 33],
    "instance": ["", "ab", "1abc", "a_b", "a" * 25],
}
ERRORS = {
    "webservice": WebserviceException,
    "image": WebserviceException,
    "model": WebserviceException,
    "workspace": UserErrorException,
    "experiment": UserErrorException,
    "namespace": WebserviceException,
    "profile": WebserviceException,
    "version": WebserviceException,
    "compute": ComputeTargetException,
    "datastore": UserErrorException,
    "secret": UserErrorException,
    "cluster": ComputeTargetException,
    "instance": ComputeTargetException,
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, some in GOOD.items() for name in some])
def test_a_good_name_comes_back(kind: str, name: str) -> None:
    assert names.check(kind, name) == name


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, some in BAD.items() for name in some])
def test_a_bad_name_raises_v1s_class(kind: str, name: object) -> None:
    with pytest.raises(ERRORS[kind]) as caught:
        names.check(kind, name)
    assert type(caught.value) is ERRORS[kind]


def test_every_kind_is_tried() -> None:
    assert set(GOOD) == set(BAD) == set(ERRORS) == set(names.RULES)


@pytest.mark.parametrize("name", sorted(names.RESERVED_COMPUTE))
def test_v1_keeps_some_compute_names_for_itself(name: str) -> None:
    with pytest.raises(UserErrorException, match="reserved"):
        names.check("compute", name)


def test_the_messages_are_v1s() -> None:
    for kind, gist in (
        ("webservice", "provided service name is invalid"),
        ("model", "provided model name is invalid"),
        ("workspace", "Workspace name must be between 3 and 33"),
        ("experiment", "Experiment name must be between 1 and 255"),
    ):
        with pytest.raises(AzureMLException, match=gist):
            names.check(kind, "")


@given(kind=st.sampled_from(sorted(GOOD)), name=st.text(max_size=40))
def test_what_is_suggested_is_a_good_name(kind: str, name: str) -> None:
    try:
        names.check(kind, name)
    except AzureMLException as error:
        if error.hint and (match := re.fullmatch("for example '(.*)'", error.hint)):
            assert names.check(kind, match[1]) == match[1]


@given(kind=st.sampled_from(sorted(GOOD)), name=st.text(alphabet=string.printable, min_size=1, max_size=300))
def test_no_good_name_leads_out_of_a_folder(kind: str, name: str) -> None:
    try:
        names.check(kind, name)
    except AzureMLException:
        return
    assert "/" not in name and "\\" not in name and not name.startswith(".") and name.isascii()


@pytest.mark.parametrize("name", ["score.py", "folder/score.py", "a1.py"])
def test_good_entry_scripts(name: str) -> None:
    assert names.check_entry_script(name) == name


@pytest.mark.parametrize("name", ["score", "score.txt", "my-score.py", "1.py", "class.py", ".py", "a b.py"])
def test_bad_entry_scripts(name: str) -> None:
    with pytest.raises(WebserviceException) as caught:
        names.check_entry_script(name)
    assert caught.value.hint and caught.value.hint.endswith(".py")
