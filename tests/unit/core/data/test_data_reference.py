"""DataReference and DataPath: names, modes, paths, and the placeholder that a run's arguments carry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.datapath import DataPath, DataPathComputeBinding
from aml_nb.core.data.paths import inside, join
from aml_nb.core.data.sql_data_reference import SqlDataReference
from aml_nb.core.data.stored_procedure_parameter import StoredProcedureParameter, StoredProcedureParameterType
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException


@pytest.fixture
def store(ws: Workspace) -> Any:
    return ws.get_default_datastore()


def test_as_text_it_is_a_placeholder(store: Any) -> None:
    reference = DataReference(store, data_reference_name="wine", path_on_datastore="winedata")
    assert str(reference) == repr(reference) == "$AZUREML_DATAREFERENCE_wine"
    assert (reference.mode, reference.path_on_compute, reference.overwrite) == ("mount", None, False)
    assert str(store.as_mount()) == "$AZUREML_DATAREFERENCE_workspaceblobstore"
    one, other = store.path("a"), store.path("a")
    assert re.fullmatch(r"\$AZUREML_DATAREFERENCE_[0-9a-f]{32}", str(one))
    assert str(one) != str(other)


def test_modes_give_another_reference(store: Any) -> None:
    reference = store.path("a", data_reference_name="a")
    download = reference.as_download(path_on_compute="here", overwrite=True)
    assert (download.mode, download.path_on_compute, download.overwrite) == ("download", "here", True)
    assert (reference.mode, reference.path_on_compute) == ("mount", None)
    assert (download.as_mount().mode, download.as_mount().path_on_compute) == ("mount", None)
    assert reference.as_upload("out").mode == "upload"
    assert str(download) == str(reference)
    assert (store.as_download("x").path_on_compute, store.as_upload("y").mode) == ("x", "upload")


def test_what_a_run_configuration_keeps_of_it(store: Any) -> None:
    kept = store.path("/a//b/", "n").as_download("here", overwrite=True).to_config()
    assert (kept.data_store_name, kept.path_on_data_store, kept.mode) == ("workspaceblobstore", "a/b", "download")
    assert (kept.path_on_compute, kept.overwrite) == ("here", True)


def test_a_path_below(store: Any) -> None:
    reference = store.path("a/b").path("c", "named")
    assert (reference.path_on_datastore, str(reference)) == ("a/b/c", "$AZUREML_DATAREFERENCE_named")
    assert store.path("a").path().path_on_datastore == "a"
    with pytest.raises(UserErrorException, match="leads out"):
        store.path("../x")


@pytest.mark.parametrize(
    ("named", "text"),
    [({"data_reference_name": "a-b"}, "letters"), ({"mode": "direct"}, "mode"), ({"path_on_datastore": ".."}, "out")],
)
def test_what_cannot_be(store: Any, named: dict[str, Any], text: str) -> None:
    with pytest.raises(UserErrorException, match=text):
        DataReference(store, **named)


def test_the_two_halves_make_a_reference_and_come_back(store: Any) -> None:
    path = DataPath(datastore=store, path_on_datastore="sample")
    binding = DataPathComputeBinding(mode="download", path_on_compute="/in", overwrite=True)
    for reference in (
        DataReference.create("r", path, binding),
        path.create_data_reference("r", binding),
        binding.create_data_reference("r", path),
    ):
        assert (reference.data_reference_name, reference.datastore.name) == ("r", "workspaceblobstore")
        assert (reference.path_on_datastore, reference.mode) == ("sample", "download")
        assert (reference.path_on_compute, reference.overwrite) == ("/in", True)
        again = DataPath.create_from_data_reference(reference)
        assert (again.datastore_name, again.path_on_datastore) == ("workspaceblobstore", "sample")
        assert DataPathComputeBinding.create_from_data_reference(reference)._mode == "download"
    assert DataPath(store, "x", name="n").create_data_reference().data_reference_name == "n"
    assert DataPath().datastore_name is None
    with pytest.raises(UserErrorException, match="datapath"):
        DataReference.create("r")
    with pytest.raises(UserErrorException, match="mode"):
        DataPathComputeBinding(mode="copy")


def test_a_database_has_no_paths(store: Any) -> None:
    parameter = StoredProcedureParameter("year", "2020", StoredProcedureParameterType.Int)
    reference = SqlDataReference(store, "sql", sql_stored_procedure="p", sql_stored_procedure_params=[parameter])
    assert str(reference) == "$AZUREML_DATAREFERENCE_sql"
    assert StoredProcedureParameter("a", "b").type is StoredProcedureParameterType.String
    for call in (reference.path, reference.as_mount, reference.as_download, reference.as_upload, reference.to_config):
        with pytest.raises(NotAvailableError, match="SqlDataReference has no"):
            call()
    with pytest.raises(UserErrorException, match="exclude"):
        SqlDataReference(store, sql_table="t", sql_query="q")
    with pytest.raises(UserErrorException, match="list of StoredProcedureParameter"):
        SqlDataReference(store, sql_stored_procedure="p", sql_stored_procedure_params=["x"])  # type: ignore[list-item]
    with pytest.raises(UserErrorException, match="StoredProcedureParameterType"):
        StoredProcedureParameter("a", "b", "Int")  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(["a", "b.csv", "..", ".", "", "ä"]), max_size=8).map("/".join))
def test_a_path_is_inside_or_refused(text: str) -> None:
    depth, lowest = 0, 0
    for part in text.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        lowest = min(lowest, depth)
    try:
        path = inside(text)
    except UserErrorException:
        assert lowest < 0
        return
    assert lowest == 0
    assert not path.startswith("/")
    assert not {"..", ".", ""} & set(path.split("/")) or path == ""
    assert inside(path) == path
    assert join("root", path).startswith("root")
