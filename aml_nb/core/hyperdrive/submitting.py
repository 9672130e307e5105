"""From a configuration to a search that goes on by itself."""

from __future__ import annotations

import copy
import logging
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.hyperdrive import arguments, plan, warm_start
from aml_nb.core.hyperdrive.refusals import expects
from aml_nb.core.hyperdrive.sampling import BayesianParameterSampling

if TYPE_CHECKING:
    from aml_nb.core.hyperdrive.config import HyperDriveConfig
    from aml_nb.core.hyperdrive.run import HyperDriveRun

DRIVER = "aml_nb.core.hyperdrive.driver"
LOG = "azureml-logs/hyperdrive.txt"
SOURCE = "source"
"""The folder below the run's where the script's folder is kept as it was when the search was submitted."""

log = logging.getLogger(__name__)


def submit(
    experiment: Any,
    config: HyperDriveConfig,
    tags: dict[str, str] | None = None,
    parent: Any = None,
    **kwargs: Any,
) -> HyperDriveRun:
    """Check everything that can be checked here, keep the script's folder, and start the driver.

    Parameters
    ----------
    experiment : the `Experiment` it belongs to.
    config : the search.
    tags : of the run.
    parent : the run that it is a child of.
    kwargs : v1's other words, which mean nothing here.

    Raises
    ------
    HyperDriveConfigException : the runs to be resumed do not fit.
    UserErrorException : the script or its folder are not there, or Optuna is not.
    """
    from aml_nb.core.hyperdrive.run import HyperDriveRun
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.submitting import scripts, submit_driver

    if isinstance(config._sampling, BayesianParameterSampling):
        from aml_nb.core.hyperdrive.bayesian import check_installed

        check_installed()
    warm_start.check(config)
    script = _script(config)
    told = plan.of(config)
    planned = scripts.plan(experiment, script)
    run_id = _new_id(experiment.workspace, config)
    folder = RunFolder(experiment.workspace, run_id)
    try:
        properties = plan.properties(told) | _keep_source(experiment.workspace, script, planned, folder.path / SOURCE)
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    submit_driver(
        experiment,
        DRIVER,
        {**told, "script": planned, "known": warm_start.known(config), "resumed": warm_start.resumed(config)},
        run_type=HyperDriveRun.RUN_TYPE,
        target=planned["target"],
        tags={**plan.tags(told), **(tags or {})},
        properties=properties,
        log=LOG,
        parent=parent or kwargs.get("_parent_run_id"),
        run_id=run_id,
        run_payload={**planned["payload"], "hyperdrive": told},
    )
    return HyperDriveRun(experiment, run_id, hyperdrive_config=config)


def _new_id(workspace: Any, config: HyperDriveConfig) -> str:
    """The run's id; nobody else's, for a folder is made before the run."""
    from aml_nb.core.runs.records import RunRecords
    from aml_nb.core.runs.submitting.booking import check_id

    if config._custom_run_id is None:
        return f"HD_{uuid.uuid4()}"
    run_id = check_id(str(config._custom_run_id))
    if RunRecords(workspace._store).get(run_id) is not None:
        expects("custom_run_id", f"an id that no run has: there is a run {run_id}", hint="leave custom_run_id out")
    return run_id


def _keep_source(workspace: Any, script: Any, planned: dict[str, Any], target: Path) -> dict[str, str]:
    """Copy the script's folder, and keep one snapshot for the search and all of its children.

    What is returned are the properties that say so; ``planned`` is told.
    """
    from aml_nb.core.runs.snapshots import keep_files
    from aml_nb.core.runs.submitting import sources

    found = sources.scan(script.source_directory, workspace._folder.parent)
    sources.copy(found, target)
    if not planned["snapshot"]:
        return {}
    snapshot_id = keep_files(workspace, [(source.name, source.path) for source in found])
    planned["snapshot"] = False
    planned["payload"] = {**planned["payload"], "snapshot_id": snapshot_id}
    return {"ContentSnapshotId": snapshot_id}


def _script(config: HyperDriveConfig) -> Any:
    """The script's configuration, without arguments that the search gives a value of its own."""
    script = config._run_config if config._run_config is not None else config._estimator._script_run_config()
    kept, dropped = arguments.without(list(script.arguments or []), config._generator_config["parameter_space"])
    if not dropped:
        return script
    log.warning(
        "%s %s in the script's arguments and in the parameter space: the space's values are used.",
        ", ".join(dropped),
        "is" if len(dropped) == 1 else "are",
    )
    script = copy.copy(script)
    script.arguments = kept
    return script
