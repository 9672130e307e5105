"""DatasetProfile: a profile, and of which dataset and run it is."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.profile import ColumnProfile, DataProfile

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run
    from aml_nb.core.workspace import Workspace


class DatasetProfile:
    """What the columns of a dataset hold; made by ``get_profile()``.

    Parameters
    ----------
    saved_dataset_id : the id of the dataset; None where it has none.
    run_id, experiment_name : the run that computed it; None where it was computed here.
    workspace : where both are.
    profile : the figures.
    """

    def __init__(
        self,
        saved_dataset_id: str | None,
        run_id: str | None,
        experiment_name: str | None,
        workspace: Workspace | None,
        profile: DataProfile,
    ) -> None:
        self._saved_dataset_id = saved_dataset_id
        self._run_id = run_id
        self._experiment_name = experiment_name
        self._workspace = workspace
        self._profile = profile
        self._made = datetime.now(timezone.utc)
        self._dataset: Any = None

    @property
    def columns(self) -> dict[str, ColumnProfile]:
        """The profiles of the columns by name."""
        return self._profile.columns

    @property
    def row_count(self) -> int:
        """How many rows there were."""
        return self._profile.row_count

    def get_producing_run(self) -> Run | None:
        """The run that computed it; None where it was computed here."""
        if self._run_id is None or self._workspace is None:
            return None
        from aml_nb.core.runs.run import Run

        run: Run = Run.get(self._workspace, self._run_id)
        return run

    def is_stale(self) -> bool:
        """Whether the files of the dataset were changed since."""
        dataset = self._dataset
        if dataset is None and self._workspace is not None and self._saved_dataset_id is not None:
            from aml_nb.core.data.datasets import registry

            dataset = registry.get_by_id(self._workspace, self._saved_dataset_id)
        changed = dataset.data_changed_time if dataset is not None else None
        return changed is not None and changed > self._made

    def __getitem__(self, name: str) -> ColumnProfile:
        return self._profile[name]

    def __repr__(self) -> str:
        return repr(self._profile)

    def _repr_html_(self) -> str:
        return self._profile._repr_html_()
