"""From a configuration to a run that goes on by itself: the snapshot, the record, the detached keeper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.spec import DRIVER_LOG

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run
    from aml_nb.core.runs.script_run import ScriptRun

__all__ = ["submit_driver", "submit_script"]


def submit_script(
    experiment: Any,
    config: Any,
    *,
    tags: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    parent: Any = None,
    run_type: str = "azureml.scriptrun",
    arguments: list[Any] | None = None,
    environment_variables: dict[str, str] | None = None,
    display_name: str | None = None,
    run_id: str | None = None,
) -> ScriptRun:
    """Submit a script or a command and return its run, which goes on without us.

    Parameters
    ----------
    experiment : the `Experiment` it belongs to.
    config : a `ScriptRunConfig` (an estimator has one).
    tags, properties, display_name : of the run.
    parent : the run, or the id of the run, that it is a child of.
    run_type : which class of run it is; one that says how a script's run is to be looked at.
    arguments : in place of the configuration's arguments.
    environment_variables : besides the configuration's.
    run_id : the run's id; one is made of the experiment's name and the time unless it is given.

    Raises
    ------
    UserErrorException
        The script, the folder or an argument cannot be right.
    SnapshotException
        The folder is too large.
    """
    from aml_nb.core.runs.submitting.scripts import submit

    return submit(
        experiment,
        config,
        tags=tags,
        properties=properties,
        parent=parent,
        run_type=run_type,
        arguments=arguments,
        environment_variables=environment_variables,
        display_name=display_name,
        run_id=run_id,
    )


def submit_driver(
    experiment: Any,
    module: str,
    payload: Any,
    *,
    run_type: str,
    target: str | None = None,
    tags: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    log: str = DRIVER_LOG,
    parent: Any = None,
    display_name: str | None = None,
    run_id: str | None = None,
    run_payload: dict[str, Any] | None = None,
    cluster: str | None = None,
    nodes: int = 1,
) -> Run:
    """Submit a function of ours as a run: ``module.drive(run, payload, cancelled)`` in a process of its own.

    The run is Completed when the function returns, Failed when it raises (with the error's text), and Canceled when
    it returns after ``cancelled`` (a `threading.Event`) was set. What it prints is the run's log.

    Parameters
    ----------
    experiment : the `Experiment` it belongs to.
    module : dotted name of the module that has ``drive``.
    payload : anything that JSON can say; the function gets it.
    run_type : which class of run it is.
    target : the compute target's name that the run shows.
    tags, properties, display_name : of the run.
    log : the log's name among the run's files.
    parent : the run, or the id of the run, that it is a child of.
    run_id : the run's id; one is made unless it is given.
    run_payload : what the run's record has besides.
    cluster, nodes : the cluster whose nodes the function waits for, by ``Pool.acquire``, and how many: the run's place
        in the queue is that of now.
    """
    from aml_nb.core.runs.submitting.drivers import submit

    return submit(
        experiment,
        module,
        payload,
        run_type=run_type,
        target=target,
        tags=tags,
        properties=properties,
        log=log,
        parent=parent,
        display_name=display_name,
        run_id=run_id,
        run_payload=run_payload,
        cluster=cluster,
        nodes=nodes,
    )
