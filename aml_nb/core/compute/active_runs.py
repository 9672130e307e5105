"""The runs on a compute target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from aml_nb.errors import AmlError


def find(compute: Any, type: Any, tags: Any, properties: Any, status: Any) -> Iterator[Any]:
    """The runs on a target that are not over, newest first, as ``Run`` objects."""
    from aml_nb.core.runs.run import Run
    from aml_nb.core.runs.status import OVER

    found = Run.list_by_compute(compute, type=type, tags=tags, properties=properties, status=status)
    return (run for run in found if run.get_status() not in OVER)


def cancel_all(workspace: Any, name: str) -> list[str]:
    """Cancel every run that is on a target; which they were. One that ends by itself meanwhile is none of ours."""
    from aml_nb.core.runs.records import RunRecords
    from aml_nb.core.runs.submitting.cancelling import cancel

    going = [r.run_id for r in RunRecords(workspace._store).find(target=name) if not r.over]
    for run_id in going:
        with suppress(AmlError):
            cancel(workspace, run_id)
    return going
