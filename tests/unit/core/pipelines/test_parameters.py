"""Parameters of pipelines: what they may hold, and what they are told."""

from __future__ import annotations

from typing import Any

import pytest

from aml_nb.core.data.datapath import DataPath
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.graph import Parameter
from aml_nb.core.pipelines.parameters import PipelineParameter, assigned, described, type_of
from aml_nb.core.pipelines.pipeline_data import PipelineDataset
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

PARAMETERS = {
    "rate": Parameter("rate", "float", 0.5),
    "epochs": Parameter("epochs", "int", 3),
    "quick": Parameter("quick", "bool", False),
    "label": Parameter("label", "string", "a"),
}


@pytest.mark.parametrize(
    ("value", "kind"), [("x", "string"), (True, "bool"), (3, "int"), (0.5, "float"), (DataPath(), "datapath")]
)
def test_the_type_is_that_of_the_default(value: Any, kind: str) -> None:
    assert type_of("p", value) == kind
    parameter = PipelineParameter("p", value)
    assert (parameter.name, parameter.default_value) == ("p", value)


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, object])
def test_other_defaults_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="'p'") as caught:
        PipelineParameter("p", value)
    assert isinstance(caught.value, UserErrorException)
    with pytest.raises(ValueError, match="name"):
        PipelineParameter("", 3)


def test_what_is_not_told_has_its_default(ws: Workspace) -> None:
    assert assigned(ws, PARAMETERS, None) == {"rate": 0.5, "epochs": 3, "quick": False, "label": "a"}
    assert assigned(ws, PARAMETERS, {"rate": "0.25", "epochs": 7})["rate"] == "0.25"


def test_an_unknown_parameter_is_named_with_the_one_that_was_meant(ws: Workspace) -> None:
    with pytest.raises(PipelineError, match="'epoch'; its parameters are: rate, epochs, quick, label") as caught:
        assigned(ws, PARAMETERS, {"epoch": 3})
    assert "'epochs'" in str(caught.value.hint)


@pytest.mark.parametrize("value", [None, [1], {"a": 1}])
def test_a_plain_parameter_takes_no_other_value(ws: Workspace, value: Any) -> None:
    with pytest.raises(ValueError, match="takes float"):
        assigned(ws, PARAMETERS, {"rate": value})


def test_a_place_is_told_in_python_and_as_rest_has_it(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    parameters = {"place": described(ws, PipelineParameter("place", DataPath(store, "a/b")))}
    assert parameters["place"].default["path"] == "a/b"
    for told in (DataPath(store, "c"), {"DataStoreName": store.name, "RelativePath": "c"}):
        value = assigned(ws, parameters, {"place": told})["place"]
        assert (value["path"], value["datastore"]) == ("c", store.name)
    for wrong in ("c", 3, DataPath()):
        with pytest.raises(ValueError, match="takes a DataPath"):
            assigned(ws, parameters, {"place": wrong})


def test_a_dataset_is_told_in_python_and_as_rest_has_it(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    first, second = (Dataset.File.from_files((store, name), validate=False) for name in ("a", "b"))
    registered = second.register(ws, "second")
    parameters = {"data": described(ws, PipelineParameter("data", first))}
    for told in (
        second,
        registered.as_named_input("x"),
        PipelineDataset(registered),
        {"SavedDataSetReference": {"Id": registered.id}},
        {"RegisteredDataSetReference": {"Name": "second"}},
    ):
        value = assigned(ws, parameters, {"data": told})["data"]
        assert value["definition"]["sources"][0]["path"] == "b"
    with pytest.raises(ValueError, match="takes a dataset"):
        assigned(ws, parameters, {"data": "second"})
