"""From a configuration to a search that goes on by itself."""

from __future__ import annotations

import json
import shutil
import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aml_nb.core.automl import constants, inputs
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.automl.config import AutoMLConfig
    from aml_nb.core.automl.run import AutoMLRun

DRIVER = "aml_nb.core.automl.driver"
LOG = "azureml-logs/automl.txt"


def check_installed() -> None:
    """Raise where what pipelines are made of is not there, before anything is submitted.

    Raises
    ------
    UserErrorException : it is not.
    """
    missing = [name for name, module in (("FLAML", "flaml"), ("scikit-learn", "sklearn")) if find_spec(module) is None]
    if missing:
        raise UserErrorException(
            f"AutoML needs {' and '.join(missing)}, which this Python does not have.",
            hint="pip install 'aml_nb[automl]'",
        )


def submit(
    experiment: Any,
    config: AutoMLConfig,
    tags: dict[str, str] | None = None,
    show_output: bool = False,
    parent: Any = None,
    **kwargs: Any,
) -> AutoMLRun:
    """Check what can be checked here, write the data down, and start the driver.

    On this machine the end is waited for, as v1 does; nobody waits on a compute target, or for a part of another run.

    Parameters
    ----------
    experiment : the `Experiment` it belongs to.
    config : the search.
    tags : of the run.
    show_output : show the iterations as they end; then the end is waited for, wherever the run is.
    parent : the run that it is a child of.
    kwargs : v1's other words, which mean nothing here.

    Raises
    ------
    DataException : the data cannot be learnt from.
    UserErrorException : FLAML or scikit-learn is not there.
    ActivityFailedException : the search has ended, and has failed.
    """
    from aml_nb.core.automl.run import AutoMLRun
    from aml_nb.core.compute.places import place
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.submitting import submit_driver

    check_installed()
    target = _target(config)
    where = place(experiment.workspace, target)
    inputs.check_columns(config._data, config._settings)
    _check_rows(config)
    run_id = f"AutoML_{uuid.uuid4()}"
    folder = RunFolder(experiment.workspace, run_id).path
    settings = config._settings
    try:
        payload: dict[str, Any] = {
            "settings": settings,
            "data": inputs.describe(config._data, experiment.workspace, folder / inputs.FOLDER),
            "featurization": config._told,
            "cluster": where.name if where.kind == "pool" else None,
        }
        submit_driver(
            experiment,
            DRIVER,
            payload,
            run_type=AutoMLRun.RUN_TYPE,
            target=target,
            tags=tags,
            properties=_properties(config, target),
            log=LOG,
            parent=parent or kwargs.get("_parent_run_id"),
            run_id=run_id,
            display_name=settings["name"],
            run_payload={"automl": {"settings": settings}, "input_datasets": inputs.used(payload["data"])},
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    run = AutoMLRun(experiment, run_id)
    here = where.kind == "local"
    if (show_output or here) and parent is None:
        where_told = "in the active local environment" if here else f"on the compute target {target}"
        if show_output:
            print(f"Running {where_told}.\nParent Run ID: {run_id}\n")
        run.wait_for_completion(show_output=show_output)
    else:
        print(f"Submitting remote run.\nParent Run ID: {run_id}")
    return run


def _target(config: AutoMLConfig) -> str:
    given = config._compute_target
    if given is None:
        given = getattr(config._run_configuration, "target", None)
    return "local" if given is None else str(getattr(given, "name", given))


def _check_rows(config: AutoMLConfig) -> None:
    """What the driver would say of data that is in this process already, said before anything is submitted."""
    data = {name: value for name, value in config._data.items() if value is not None}
    if any(inputs.dataset_of(value) is not None for value in data.values()):
        return
    from aml_nb.core.automl import loading, splits

    train, _ = loading.training(data, config._settings)
    if loading.validation(data, config._settings, train) is None:
        splits.plan(train, config._settings, data.get("cv_splits_indices"))


def _properties(config: AutoMLConfig, target: str) -> dict[str, str]:
    """The properties that v1's AutoML runs have."""
    settings = config._settings
    told = config.as_serializable_dict()
    return {
        "num_iterations": str(settings["iterations"]),
        "primary_metric": settings["primary_metric"],
        "primary_metric_config": json.dumps(
            {"name": settings["primary_metric"], "goal": constants.objective(settings["primary_metric"])}
        ),
        "task_type": settings["task"],
        "display_task_type": settings["task"],
        "training_type": "TrainFull",
        "acquisition_function": "EI",
        "metrics": "accuracy",
        "train_split": "0",
        "MaxTimeSeconds": str(round((settings["iteration_timeout_minutes"] or 0) * 60) or None),
        "target": target,
        "runTemplate": "AutoML",
        "azureml.runsource": "automl",
        "ClientType": "SDK",
        "RawAMLSettingsString": str(told),
        "AMLSettingsJsonString": json.dumps(told, default=str),
    }
