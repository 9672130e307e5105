"""Runs and experiments as cards and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.display import html, text
from aml_nb.display.base import Card, Shown, Table
from aml_nb.display.images import size
from aml_nb.display.metrics import Metric, shown
from aml_nb.display.metrics import as_html as metrics_html
from aml_nb.display.run_facts import RunFacts, read_metrics
from aml_nb.display.run_words import name_of, run_data, run_rows, short, short_metrics, took, visible_tags
from aml_nb.display.text import age, pairs

MOST_LAST_RUNS = 5


class RunTable(Table):
    """Runs, newest first; ``runs[0]`` and ``runs["<id>"]`` are Run objects.

    ``metrics`` has what each run logged, by its id.
    """

    kind = "runs"
    heads = ("#", "RUN", "EXPERIMENT", "STATUS", "TOOK", "AGE", "METRICS", "TAGS")
    state = 3
    empty = "%%train"

    def __init__(self, workspace: Any, records: Sequence[RunRecord], metrics: Mapping[str, Sequence[Metric]]) -> None:
        super().__init__(records)
        self._workspace, self._metrics = workspace, metrics

    def __iter__(self) -> Iterator[Any]:
        return (run_of(self._workspace, record) for record in self.items)

    def __getitem__(self, key: Any) -> Any:
        """By position, id or display name."""
        if isinstance(key, str):
            record = next((r for r in self.items if key in (r.run_id, r.display_name)), None)
            if record is None:
                raise KeyError(key)
            return run_of(self._workspace, record)
        if isinstance(key, slice):
            return RunTable(self._workspace, self.items[key], self._metrics)
        return run_of(self._workspace, self.items[key])

    def row(self, item: RunRecord) -> list[str]:
        logged = short_metrics(self._metrics.get(item.run_id, ()))
        return [
            str(item.number), name_of(item), item.experiment, item.status, took(item), age(item.created / 1000),
            logged, pairs(visible_tags(item))[:40],
        ]  # fmt: skip

    def record(self, item: RunRecord) -> Any:
        return run_data(item, self._metrics.get(item.run_id, ()))


class RunCard(Card):
    """One run as it is now, with its metrics; ``run`` is the Run."""

    def __init__(self, run: Any, notes: Sequence[str] = (), facts: RunFacts | None = None) -> None:
        self.run = run
        if facts is None:
            facts = RunFacts(run.experiment.workspace, run.id)
            facts.refresh()
        self.facts = facts
        logged = [(metric.name, short(metric)) for metric in facts.metrics[:12]]
        super().__init__(
            "run",
            name_of(facts.record),
            [*run_rows(facts), *([] if not logged else [("metrics", ", ".join(f"{n} {v}" for n, v in logged))])],
            facts.record.status,
            notes,
            run_data(facts.record, facts.metrics),
        )

    def as_html(self) -> str:
        rows = [(label, value) for label, value in self.rows if label != "metrics"]
        top = html.card(self.kind, self.title, self.state, rows, self.notes)
        return top + metrics_html(self.facts.metrics)


class CompareTable(Shown):
    """Runs side by side: a row each, their parameters and their metrics as columns; the best value stands out."""

    def __init__(self, rows: Sequence[dict[str, Any]], columns: Sequence[str], best: Mapping[str, int]) -> None:
        self.rows, self.names, self._best = list(rows), list(columns), dict(best)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self.rows[number]

    def to_pandas_dataframe(self) -> Any:
        """The same as a table of pandas."""
        import pandas

        return pandas.DataFrame(self.rows, columns=["run", "status", *self.names])

    def as_text(self, paint: text.Paint = text.plain) -> str:
        rows = [
            [str(row["run"]), str(row["status"]), *(self._cell(row, number, name) for name in self.names)]
            for number, row in enumerate(self.rows)
        ]
        return text.columns(("RUN", "STATUS", *self.names), rows, paint, 1)

    def as_html(self) -> str:
        rows = []
        for number, row in enumerate(self.rows):
            cells: list[Any] = [row["run"], html.badge(row["status"])]
            for name in self.names:
                said = html.cell(shown(row[name])) if name in row else ""
                cells.append(html.Markup(f"<b>{said}</b>" if self._best.get(name) == number else said))
            rows.append(cells)
        return html.table(("RUN", "STATUS", *self.names), rows)

    def as_data(self) -> Any:
        return self.rows

    def _cell(self, row: dict[str, Any], number: int, name: str) -> str:
        said = shown(row[name]) if name in row else ""
        return f"{said} *" if self._best.get(name) == number else said


class ExperimentTable(Table):
    """Experiments and how many runs they have; ``experiments["iris"]`` is an Experiment."""

    kind = "experiments"
    heads = ("NAME", "RUNS", "LAST RUN", "STATUS", "TAGS", "")
    state = 3
    empty = "%experiment NAME"

    def __init__(self, items: Sequence[Any], runs: Mapping[str, Sequence[RunRecord]], current: str | None) -> None:
        super().__init__(items)
        self._runs, self._current = runs, current

    def row(self, item: Any) -> list[str]:
        runs = self._runs.get(item.id, ())
        last = f"{age(runs[0].created / 1000)} ago" if runs else ""
        mark = "chosen" if item.name == self._current else "archived" if item.archived_time else ""
        return [item.name, str(len(runs)), last, runs[0].status if runs else "", pairs(item.tags), mark]

    def record(self, item: Any) -> Any:
        return {
            "name": item.name, "id": item.id, "runs": len(self._runs.get(item.id, ())), "tags": item.tags,
            "chosen": item.name == self._current, "archived": bool(item.archived_time),
        }  # fmt: skip


class ExperimentCard(Card):
    """One experiment with its last runs; ``experiment`` is the Experiment."""

    def __init__(self, experiment: Any, notes: Sequence[str] = ()) -> None:
        self.experiment, workspace = experiment, experiment.workspace
        found = RunRecords(workspace._store).find(experiment_id=experiment.id, top=True)
        records = list(islice(found, MOST_LAST_RUNS))
        self._runs = RunTable(workspace, records, {r.run_id: read_metrics(workspace, r.run_id) for r in records})
        archived = experiment.archived_time
        chosen = ["chosen: %%train and %runs work in it"] if chosen_experiment(workspace) == experiment.name else []
        notes = [*chosen, *([] if records else ["no runs yet"]), *notes]
        rows = [
            ("workspace", experiment.workspace.name),
            ("tags", pairs(experiment.tags)),
            ("archived", f"{age(archived)} ago" if archived else ""),
        ]
        data = {"name": experiment.name, "id": experiment.id, "tags": experiment.tags, "archived": bool(archived)}
        super().__init__("experiment", experiment.name, rows, None, notes, data)

    def as_text(self, paint: text.Paint = text.plain) -> str:
        whole = super().as_text(paint)
        return f"{whole}\n{self._runs.as_text(paint)}" if self._runs else whole

    def as_html(self) -> str:
        return super().as_html() + (self._runs.as_html() if self._runs else "")


class FileTable(Shown, Sequence[str]):
    """The files of a run; it is a sequence of their names."""

    def __init__(self, title: str, files: Sequence[tuple[str, int | None]]) -> None:
        self.title, self.files = title, list(files)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: Any) -> Any:
        return [name for name, _ in self.files][number]

    def as_text(self, paint: text.Paint = text.plain) -> str:
        if not self.files:
            return f"{text.clean(self.title)} has no files."
        return text.columns(("FILE", "SIZE"), [[name, _size(count)] for name, count in self.files], paint)

    def as_html(self) -> str:
        if not self.files:
            return f"<div>{html.cell(self.as_text())}</div>"
        return html.table(("FILE", "SIZE"), [[name, _size(count)] for name, count in self.files])

    def as_data(self) -> Any:
        return [{"name": name, "size": count} for name, count in self.files]


def chosen_experiment(workspace: Any) -> str | None:
    """The experiment that ``%experiment NAME`` chose."""
    kept = workspace._store.records("setting").get("experiment") or {}
    name = kept.get("value")
    return str(name) if name else None


def run_of(workspace: Any, record: RunRecord) -> Any:
    """The Run of a record, of the class for its type."""
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.kinds import make

    experiment = Experiment(workspace, record.experiment, _skip_name_validation=True, _id=record.experiment_id)
    return make(experiment, record)


def _size(count: int | None) -> str:
    return "" if count is None else size(count)
