"""What services did: their figures second by second, and what they told of their requests."""

from __future__ import annotations

from aml_nb.core.monitoring.insights import exceptions, query, requests, traces
from aml_nb.core.monitoring.service_metrics import ServiceMetrics, metrics

__all__ = ["ServiceMetrics", "exceptions", "metrics", "query", "requests", "traces"]
