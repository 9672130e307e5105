"""The versions of a pipeline endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.shown import html_of, text_of

if TYPE_CHECKING:
    from aml_nb.core.pipelines.published import PublishedPipeline


class PipelineIdVersion:
    """A version of an endpoint, and the id of its published pipeline."""

    def __init__(self, version: str, pipeline_id: str) -> None:
        self._version, self._pipeline_id = version, pipeline_id

    @property
    def version(self) -> str:
        """``"0"`` is the first."""
        return self._version

    @property
    def pipeline_id(self) -> str:
        """Of the published pipeline."""
        return self._pipeline_id

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("PipelineIdVersion", self._rows())

    def __repr__(self) -> str:
        return str(self)

    def _rows(self) -> list[tuple[str, Any]]:
        return [("Version", self._version), ("Pipeline Id", self._pipeline_id)]


class PipelineVersion:
    """A version of an endpoint, and its published pipeline."""

    def __init__(self, version: str, pipeline: PublishedPipeline) -> None:
        self._version, self._pipeline = version, pipeline

    @property
    def version(self) -> str:
        """``"0"`` is the first."""
        return self._version

    @property
    def pipeline(self) -> PublishedPipeline:
        """The published pipeline."""
        return self._pipeline

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("PipelineVersion", self._rows())

    def __repr__(self) -> str:
        return str(self)

    def _rows(self) -> list[tuple[str, Any]]:
        pipeline = self._pipeline
        return [
            ("Version", self._version),
            ("Pipeline", pipeline.name),
            ("Id", pipeline.id),
            ("Status", pipeline.status),
        ]
