"""What was measured of a model, as a card with a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aml_nb.core.profile.table import HEADS, cells
from aml_nb.display import html, text
from aml_nb.display.base import Card, Table
from aml_nb.display.text import age


class ProfileCard(Card):
    """One profile: what to ask for, and what was measured at each load; ``profile`` is the ModelProfile.

    Without ``table`` the loads are left out, where they were told just before.
    """

    def __init__(self, profile: Any, notes: Sequence[str] = (), table: bool = True) -> None:
        self.profile, self._table = profile, [cells(row) for row in profile.rows] if table else []
        super().__init__(
            "profile",
            profile.name,
            _facts(profile),
            profile.state,
            [*profile.notes, *notes],
            profile.serialize(),
        )

    def as_text(self, paint: text.Paint = text.plain) -> str:
        whole = super().as_text(paint)
        return f"{whole}\n{text.columns(HEADS, self._table, paint)}" if self._table else whole

    def as_html(self) -> str:
        return super().as_html() + (html.table(HEADS, self._table) if self._table else "")


class ProfileTable(Table):
    """The profiles of the workspace; ``profiles["iris"]`` is a ModelProfile."""

    kind = "profiles"
    heads = ("NAME", "STATE", "CPU CORES", "MEMORY GB", "REQUESTS/S", "MODELS", "AGE")
    state = 1
    empty = "%profile run NAME BODY --script FILE"

    def row(self, item: Any) -> list[str]:
        return [
            item.name, item.state, _number(item.recommended_cpu), _number(item.recommended_memory),
            _number(item.measured_queries_per_second), ", ".join(item.model_ids), age(item.created_time),
        ]  # fmt: skip


def _facts(profile: Any) -> list[tuple[str, Any]]:
    error = (profile.error or {}).get("message")
    found = [("models", ", ".join(profile.model_ids)), ("error", str(error).splitlines()[0] if error else "")]
    if profile.recommended_cpu is None:
        return found
    return [
        *found,
        ("recommended", f"cpu_cores={profile.recommended_cpu:g}, memory_gb={profile.recommended_memory:g}"),
        ("best", f"{profile.measured_queries_per_second:.1f} requests/s, half of them within "
                 f"{profile.latency_percentile_50_in_ms:.1f} ms"),
        ("measured with", f"cpu {profile.requested_cpu:g}, memory {profile.requested_memory_in_gb:g} GB"),
    ]  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
