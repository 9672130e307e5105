"""``ModelDataCollector``: an entry script's inputs and predictions, in the workspace's storage as v1 lays them out."""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aml_nb.scoring import insights
from aml_nb.scoring.collecting import csv_file
from aml_nb.scoring.collecting.table import Table, cell

module_logger = logging.getLogger("azureml.monitoring.modeldatacollector")

STORAGE_ENABLED, DEBUG = "AML_MODEL_DC_STORAGE_ENABLED", "AML_MODEL_DC_DEBUG"
FOLDER, SCOPE = "AML_NB_MODEL_DATA", "AML_NB_SCOPE"
DESIGNATIONS = ("inputs", "predictions", "labels", "signals", "general")
_DEFAULT = "default"
_UNFIT = re.compile(r"[^\w.@+-]+")


class ModelDataCollector:
    """Keeps rows of data that a deployed model sees or gives. Made in ``init()``, called in ``run()``.

    It does nothing unless the service was deployed with ``collect_model_data=True`` (AML_MODEL_DC_STORAGE_ENABLED);
    with AML_MODEL_DC_DEBUG=true in the environment it prints what it gets.

    Parameters
    ----------
    model_name : the name of the model.
    designation : what the data is: inputs, predictions, labels, signals or general, which ``default`` is too.
    feature_names : the columns' names; a data frame has its own.
    workspace : ``subscription/resource group/workspace``; the service's unless told.
    webservice_name : the service's name; this one's unless told.
    model_version : the version; that of the model in this service unless told.
    collection_name : a name for the collection; kept.
    identifier : what early releases called the designation; any word.

    Raises
    ------
    ValueError : there is no such designation, or the workspace has not three parts.
    """

    AML_DC_CORRELATION_HEADER = "$aml_dc_correlation_id"
    AML_DC_SCORING_TIMESTAMP_HEADER = "$aml_dc_scoring_timestamp"
    AML_DC_BOUNDARY_HEADER = "$aml_dc_boundary"
    AML_WORKSPACE_HEADER = "$aml_workspace"
    AML_SERVICE_NAME_HEADER = "$aml_service_name"
    AML_MODEL_NAME_HEADER = "$aml_model_name"
    AML_MODEL_VERSION_HEADER = "$aml_model_version"
    AML_REQUEST_ID_HEADER = "$aml_request_id"

    def __init__(
        self,
        model_name: str,
        designation: str = "default",
        feature_names: Sequence[str] | None = None,
        workspace: str = "default/default/default",
        webservice_name: str = "default",
        model_version: str = "default",
        collection_name: str = "default",
        *,
        identifier: str | None = None,
    ) -> None:
        self._storage = _is_on(STORAGE_ENABLED)
        self._debug = _is_on(DEBUG)
        self.designation = _designation(designation) if identifier is None else identifier
        self.feature_names = None if feature_names is None else [str(name) for name in feature_names]
        self.collection_name = collection_name
        self.workspace = _scope(workspace)
        self.subscription_id, self.resource_group, self.workspace_name = self.workspace.split("/", 2)
        self.workspace_internal_id = self.workspace
        self.model_name = model_name
        self.model_version = str(_version_of(model_name) if str(model_version) == _DEFAULT else model_version)
        self.model_internal_id = f"{model_name}:{self.model_version}"
        here = os.environ.get("AZUREML_SERVICE_NAME") or os.environ.get("SERVICE_NAME") or _DEFAULT
        self.service_name = here if webservice_name == _DEFAULT else webservice_name
        self.service_internal_id = self.service_name
        self.compute_name = self.compute_type = self.compute_location = ""
        self.model_config_map = {model_name: {"version": self.model_version, "id": self.model_internal_id}}
        self.aml_dc_hour_boundary: str | None = None
        self.data_collector_storage_path: str | None = None
        self.filename = "data.csv"
        self.headersUpdated = False
        self._complained = False

    def collect(self, input_data: Any, user_correlation_id: str = "") -> Any:
        """Keep rows.

        Parameters
        ----------
        input_data : a list, an array or a data frame.
        user_correlation_id : what to find them again by; a random id for each row when omitted.

        Returns
        -------
        For inputs, what their rows are known by: ``add_correlations`` puts it beside predictions. Else None.
        """
        if not (self._storage or self._debug):
            return None
        now = datetime.now(timezone.utc)
        table = Table.of(input_data, self.feature_names)
        known = self._known(table, user_correlation_id, now)
        whole = _beside(known, self._without(table, known.columns))
        if self._debug:
            for row in whole.rows:
                print(f"{self.designation} of {self.model_internal_id}: {dict(zip(whole.columns, row, strict=True))}")
        if self._storage:
            self._store(whole, now)
        return known if self.designation == "inputs" else None

    def add_correlations(self, input_data: Any, correlations: Any) -> Any:
        """The same data with the columns by which ``collect`` knew its inputs: a data frame, or a
        ``Table`` where the script does not use pandas.

        Parameters
        ----------
        input_data : a list, an array or a data frame, a row for each row of the inputs.
        correlations : what ``collect`` returned.
        """
        if correlations is None:
            return input_data
        known = Table.of(correlations, None)
        table = Table.of(input_data, self.feature_names)
        if len(table.rows) != len(known.rows):
            raise ValueError(f"There are {len(table.rows)} rows for the correlations of {len(known.rows)}.")
        return _beside(known, table).to_pandas()

    def _known(self, table: Table, correlation_id: str, now: datetime) -> Table:
        """What each row is known by; rows that come with it keep it."""
        self.aml_dc_hour_boundary = now.replace(minute=0, second=0, microsecond=0).isoformat()
        request = insights.current_request_id() or ""
        fresh = [self.AML_DC_CORRELATION_HEADER, self.AML_DC_SCORING_TIMESTAMP_HEADER, self.AML_REQUEST_ID_HEADER]
        places = [table.columns.index(name) if name in table.columns else None for name in fresh]
        rows = []
        for row in table.rows:
            made = [correlation_id or str(uuid.uuid4()), now.isoformat(), request]
            rows.append([value if at is None else row[at] for value, at in zip(made, places, strict=True)])
        return Table(fresh, rows)

    @staticmethod
    def _without(table: Table, names: list[str]) -> Table:
        """The columns of a table that have none of these names."""
        kept = [at for at, name in enumerate(table.columns) if name not in names]
        return Table([table.columns[at] for at in kept], [[row[at] for at in kept] for row in table.rows])

    def _store(self, table: Table, now: datetime) -> None:
        """Append to the day's file. What cannot be kept stops no request; the log says so once."""
        folder = os.environ.get(FOLDER)
        if not folder:
            self._complain(f"{FOLDER} names no folder: data is collected in deployed services")
            return
        where = (*self.workspace.split("/", 2), self.service_name, self.model_name, self.model_version)
        parts = [*map(_fit, (*where, self.designation)), *now.strftime("%Y/%m/%d").split("/")]
        self.data_collector_storage_path = "/" + "/".join(["modeldata", *parts])
        header = csv_file.lines([[" ".join(name.split()) for name in table.columns]])
        rows = csv_file.lines([cell(value) for value in row] for row in table.rows)
        try:
            csv_file.append(Path(folder, *parts, self.filename), header, rows)
            self.headersUpdated = True
        except OSError as error:
            self._complain(str(error))

    def _complain(self, why: str) -> None:
        if not self._complained:
            self._complained = True
            module_logger.error("The data of %s cannot be kept: %s", self.model_name, why)


def _is_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() == "true"


def _designation(word: str) -> str:
    if word == _DEFAULT:
        return "general"
    if word not in DESIGNATIONS:
        raise ValueError(f"There is no designation {word!r}: it is one of {', '.join(DESIGNATIONS)}.")
    return word


def _scope(workspace: str) -> str:
    if workspace == f"{_DEFAULT}/{_DEFAULT}/{_DEFAULT}":
        workspace = os.environ.get(SCOPE) or workspace
    if workspace.count("/") < 2:
        raise ValueError(f"workspace is {workspace!r}; it has to be 'subscription id/resource group/workspace name'.")
    return workspace


def _version_of(model: str) -> str:
    """The version of a model of this service, by the folder that it is in."""
    folder = Path(os.environ.get("AZUREML_MODEL_DIR", ""))
    if folder.parent.name == model:  # a single model: the folder is that of its version
        return folder.name
    versions = [path.name for path in (folder / model).glob("*") if path.is_dir()]
    return max(versions, key=lambda text: (len(text), text), default="1")


def _fit(part: str) -> str:
    """A part of a path that leads nowhere else."""
    return _UNFIT.sub("_", part).lstrip(".") or "_"


def _beside(known: Table, table: Table) -> Table:
    rows = [[*left, *right] for left, right in zip(known.rows, table.rows, strict=True)]
    return Table([*known.columns, *table.columns], rows)
