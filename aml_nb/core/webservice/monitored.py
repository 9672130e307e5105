"""What a web service tells of itself: its figures, requests, traces and exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.monitoring import ServiceMetrics
    from aml_nb.core.monitoring.insights import Since


class Monitored:
    """The queries of ``aml_nb.core.monitoring``, as methods of the service."""

    def get_metrics(self, seconds: int = 300) -> ServiceMetrics:
        """Requests, errors, times and replicas of each of the last seconds.

        Parameters
        ----------
        seconds : how far back, a little more than an hour at most.
        """
        from aml_nb.core.monitoring import metrics

        return metrics(self, seconds)  # type: ignore[arg-type]

    def get_requests(self, since: Since = None, limit: int | None = None) -> Any:
        """The requests that it answered while ``enable_app_insights`` was on, as a DataFrame.

        Parameters
        ----------
        since : a datetime, a timedelta, seconds or a text such as ``"15m"`` back from now; None is all.
        limit : only so many, the last ones.
        """
        from aml_nb.core.monitoring import requests

        return requests(self, since, limit)  # type: ignore[arg-type]

    def get_traces(self, since: Since = None, limit: int | None = None) -> Any:
        """What its script printed and logged meanwhile, each with its ``request_id``.

        Parameters
        ----------
        since, limit : as for ``get_requests``.
        """
        from aml_nb.core.monitoring import traces

        return traces(self, since, limit)  # type: ignore[arg-type]

    def get_exceptions(self, since: Since = None, limit: int | None = None) -> Any:
        """What its script raised meanwhile, with the line of it.

        Parameters
        ----------
        since, limit : as for ``get_requests``.
        """
        from aml_nb.core.monitoring import exceptions

        return exceptions(self, since, limit)  # type: ignore[arg-type]
