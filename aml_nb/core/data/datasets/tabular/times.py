"""The operations of a tabular dataset that know when each row is of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.tabular import arguments
from aml_nb.errors import DatasetTimestampMissingError, UserErrorException

if TYPE_CHECKING:
    from typing_extensions import Self


class Timed(AbstractDataset):
    """A dataset that may have timestamp columns."""

    @property
    def timestamp_columns(self) -> tuple[str | None, str | None]:
        """The columns that say when a row is of: the exact one, and the one that the paths give."""
        for operation in reversed(self._definition.operations):
            if operation["do"] == "timestamps":
                return operation["timestamp"], operation["partition_timestamp"]
        return None, None

    def with_timestamp_columns(
        self,
        timestamp: str | None = None,
        partition_timestamp: str | None = None,
        validate: bool = False,
        **kwargs: Any,
    ) -> Self:
        """The same rows, with columns that say when each is of, for ``time_after`` and its like.

        Parameters
        ----------
        timestamp : the column with the exact time.
        partition_timestamp : the column with the day or the like that ``partition_format`` takes from the paths.
        validate : look now whether they are there and hold times.
        kwargs : ``fine_grain_timestamp`` and ``coarse_grain_timestamp``, older names of the two.

        Raises
        ------
        UserErrorException : both are the same column, or there is only ``partition_timestamp``.
        """
        fine, coarse = arguments.timestamps(timestamp, partition_timestamp, kwargs)
        dataset = self._then("timestamps", timestamp=fine, partition_timestamp=coarse)
        if validate:
            from aml_nb.core.data.datasets.tabular.validation import check_times

            check_times(self, [name for name in (fine, coarse) if name])
        return dataset

    def time_before(self, end_time: datetime, include_boundary: bool = True, validate: bool = True) -> Self:
        """The rows before a time.

        Parameters
        ----------
        end_time : a time without a zone is UTC, as times in a dataset are.
        include_boundary : with those at that very time.
        validate : look now whether the timestamp column is there and holds times.

        Raises
        ------
        DatasetTimestampMissingError : the dataset has no timestamp column.
        """
        return self._within("time_before", None, end_time, include_boundary, validate)

    def time_after(self, start_time: datetime, include_boundary: bool = True, validate: bool = True) -> Self:
        """The rows after a time; see ``time_before``."""
        return self._within("time_after", start_time, None, include_boundary, validate)

    def time_between(
        self, start_time: datetime, end_time: datetime, include_boundary: bool = True, validate: bool = True
    ) -> Self:
        """The rows between two times; see ``time_before``."""
        return self._within("time_between", start_time, end_time, include_boundary, validate)

    def time_recent(self, time_delta: timedelta, include_boundary: bool = True, validate: bool = True) -> Self:
        """The rows of the time that has just gone by, as long as ``time_delta``; see ``time_before``."""
        if not isinstance(time_delta, timedelta):
            raise UserErrorException(f"time_delta must be a timedelta, not {time_delta!r}.", hint="timedelta(days=7)")
        start = datetime.now(timezone.utc) - time_delta
        return self._within("time_recent", start, None, include_boundary, validate)

    def _within(self, call: str, start: Any, end: Any, include_boundary: bool, validate: bool) -> Self:
        column = self.timestamp_columns[0]
        if column is None:
            raise DatasetTimestampMissingError(
                f"{call}() needs a dataset with a timestamp column, and this one has none.",
                hint="dataset = dataset.with_timestamp_columns('the column with the time')",
            )
        after, before = arguments.moments(call, start, end)
        if validate:
            from aml_nb.core.data.datasets.tabular.validation import check_times

            check_times(self, [column])
        return self._then("time", column=column, after=after, before=before, include_boundary=bool(include_boundary))

    def _without_times(self, gone: Callable[[str], bool]) -> Self:
        """The dataset, with no timestamp column where that one is gone."""
        fine, coarse = self.timestamp_columns
        kept = [None if name is None or gone(name) else name for name in (fine, coarse)]
        if kept == [fine, coarse]:
            return self
        return self._then("timestamps", timestamp=kept[0], partition_timestamp=kept[1] if kept[0] else None)
