"""How runs and experiments look: as text, and as a table in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.records import RunRecord

DOCS = "https://docs.microsoft.com/en-us/python/api/azureml-core/azureml.core.{name}?view=azure-ml-py"


class ShownRun:
    """Text, table and addresses of a run."""

    if TYPE_CHECKING:

        @property
        def id(self) -> str: ...

        @property
        def experiment(self) -> Experiment: ...

        @property
        def _folder(self) -> RunFolder: ...

        def _look(self) -> RunRecord: ...

    @classmethod
    def get_docs_url(cls) -> str:
        """Where v1's documentation of runs is."""
        return DOCS.format(name="Run")

    def get_portal_url(self) -> str:
        """Where the run's files are on this machine; there is no portal."""
        return self._folder.path.absolute().as_uri()

    def __str__(self) -> str:
        return "Run({})".format(",\n".join(f"{label}: {value}" for label, value in self._rows()))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        links = [
            ("Details Page", link(self.get_portal_url(), "Link to the run's folder")),
            ("Docs Page", link(self.get_docs_url(), "Link to Documentation")),
        ]
        return table([*((label, escape(str(value))) for label, value in self._rows()), *links])

    def _rows(self) -> list[tuple[str, Any]]:
        record = self._look()
        return [
            ("Experiment", self.experiment.name),
            ("Id", self.id),
            ("Type", record.run_type),
            ("Status", record.status),
        ]


def table(rows: list[tuple[str, str]]) -> str:
    """One row of values under their labels; the values are HTML already."""
    from html import escape

    heads = "".join(f"<th>{escape(label)}</th>" for label, _ in rows)
    cells = "".join(f"<td>{value}</td>" for _, value in rows)
    return f'<table style="width:100%"><tr>{heads}</tr><tr>{cells}</tr></table>'


def link(url: str, label: str) -> str:
    from html import escape

    return f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(label)}</a>'
