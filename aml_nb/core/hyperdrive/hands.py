"""What the search asks for, done with runs: children are submitted, looked at and cancelled."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable
from typing import Any

from aml_nb.core.hyperdrive import arguments
from aml_nb.core.hyperdrive.children import HYPERPARAMETERS
from aml_nb.core.hyperdrive.diagnostics import message_of
from aml_nb.core.hyperdrive.generators import Point
from aml_nb.core.hyperdrive.primary_metric import Tail, missing
from aml_nb.core.hyperdrive.search import Sight
from aml_nb.core.hyperdrive.submitting import SOURCE
from aml_nb.core.runs import status as states
from aml_nb.core.runs import watch
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.submitting import resuming, scripts
from aml_nb.errors import AmlError

_NO_BOUND = 1000
_FAILED = (states.FAILED, states.NOT_RESPONDING)


class RunHands:
    """The hands of a search.

    Parameters
    ----------
    run : the HyperDrive run, whose children they are.
    script : what ``scripts.plan`` has made of the script's configuration.
    metric : the primary metric.
    tell : called with a kind and a sentence for the log.
    """

    def __init__(self, run: Any, script: dict[str, Any], metric: str, tell: Callable[[str, str], None]) -> None:
        self._run, self._script, self._metric, self._tell = run, script, metric, tell
        self._workspace = run.experiment.workspace
        self._source = RunFolder(self._workspace, run.id).path / SOURCE
        snapshot_id = script["payload"].get("snapshot_id")
        self._properties = {"ContentSnapshotId": snapshot_id} if snapshot_id else {}
        self._tails: dict[str, Tail] = {}
        self._explained = False

    def start(self, number: int, point: Point, resumed: str | None) -> str:
        """Submit a child with the point's values as arguments."""
        child = f"{self._run.id}_{number}"
        words, told = arguments.of(point), json.dumps(point)
        self._tell("SCHEDULER", f"{child} starts: {' '.join(words)}" + (f", from {resumed}" if resumed else ""))
        self._run._change(lambda fields: fields["tags"].update({f"_aml_system_{child}": told}))
        script = self._script
        if resumed is not None:
            script = {**script, "resume": resuming.describe(Run.get(self._workspace, resumed))}
            words += [resuming.OPTION, f"../{resuming.FOLDER}"]
        if script["spec"]["shell"]:
            words = [shlex.quote(word) for word in words]
        scripts.submit_plan(
            self._run.experiment,
            script,
            source=self._source,
            extra_arguments=words,
            parent=self._run,
            run_id=child,
            tags={HYPERPARAMETERS: told},
            properties=self._properties,
        )
        self._tails[child] = Tail(RunFolder(self._workspace, child).metrics, self._metric)
        return child

    def look(self, child: str) -> Sight:
        """The child's state, and what it has logged since; what an ended one has logged last, too."""
        record = watch.look(self._workspace, child)
        tail = self._tails[child]
        values = tail.read()
        if record.over:
            why = (message_of(record) or "").strip().partition("\n")[0] if record.status in _FAILED else ""
            self._tell("SCHEDULER", f"{child} is {record.status}" + (f": {why}" if why else ""))
            if record.status == states.COMPLETED and not tail.seen and not self._explained:
                self._explained = True
                self._tell("SCHEDULER", f"{child}: {missing(self._metric, tail.others, tail.unreadable)}")
        return Sight(record.over, record.status in _FAILED, values)

    def cancel(self, child: str) -> None:
        """Ask the child to end; one that has ended meanwhile stays as it is, and trouble keeps no other child alive."""
        try:
            Run.get(self._workspace, child).cancel()
        except AmlError as error:
            self._tell("SCHEDULER", f"{child} could not be cancelled: {error.message}")

    def room(self) -> int:
        """As many children as the cluster has nodes for, by its settings of now; on this machine, one a core.

        Raises
        ------
        ComputeTargetException : the cluster was deleted meanwhile.
        """
        spec = self._script["spec"]
        if spec["scheduler"]:
            return _NO_BOUND  # Dask's scheduler has its own queue
        if spec["cluster"] is None:
            return os.cpu_count() or 1
        from aml_nb.core.compute.pool import Pool

        most = Pool(self._workspace._folder, spec["cluster"]).settings().maximum
        return max(1, most // max(1, int(spec["layout"]["nodes"])))

    def tidy(self) -> None:
        """Remove the copy of the script's folder: the snapshot has it, too."""
        shutil.rmtree(self._source, ignore_errors=True)

    def why(self, child: str) -> str:
        """Why a child failed."""
        return message_of(watch.look(self._workspace, child)) or "no reason is known"

    def why_no_metric(self) -> str:
        """Why no child has the primary metric."""
        names: dict[str, None] = {}
        unreadable = None
        for tail in self._tails.values():
            names |= tail.others
            unreadable = tail.unreadable if unreadable is None else unreadable
        return missing(self._metric, names, unreadable)
