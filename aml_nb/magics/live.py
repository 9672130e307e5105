"""What a verb shows as it goes on: the panel that fits, where there is a notebook."""

from __future__ import annotations

from typing import Any


def show(thing: Any, **options: Any) -> bool:
    """Show a run, a batch, a service or a workspace's models as a live panel.

    Parameters
    ----------
    thing : what is shown. A run is shown everywhere, as it stands where nothing can follow it; the others only in a
        notebook.
    options : of the panel; with ``log=True`` a service's log is meant.

    Returns
    -------
    bool : whether it is shown.
    """
    from aml_nb import widgets
    from aml_nb.core.runs.run import Run
    from aml_nb.core.workspace import Workspace
    from aml_nb.verbs.finding_batches import Batch
    from aml_nb.widgets.showing import in_notebook

    if isinstance(thing, Run):
        widgets.RunDetails(thing).show()
        return True
    if isinstance(thing, Batch):
        widgets.BatchMonitor(thing).show()
        return True
    if not in_notebook():
        return False
    if isinstance(thing, Workspace):
        widgets.RegistryBrowser(thing, **options).show()
    elif options.pop("log", False):
        widgets.ServiceLogs(thing, **options).show()
    else:
        widgets.DeploymentStatus(thing).show()
    return True
