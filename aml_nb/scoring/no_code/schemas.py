"""What a service without a script of the user's takes and returns, for ``/swagger.json``.

The example is the sample that the model was registered with, where there is one.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from aml_nb.scoring.inference_schema.parameter_types._describe import schema_of
from aml_nb.scoring.no_code import SAMPLES
from aml_nb.scoring.no_code.rows import Layout

log = logging.getLogger("azmlinfsrv")

Document = dict[str, Any]
Schemas = tuple[Document, Document]

Score = Callable[[Sequence[str]], list[Any]]
_SHOWN = 2


def samples() -> tuple[Any, Any]:
    """The samples of input and output that the model was registered with; None where there is none."""
    given = json.loads(os.environ.get(SAMPLES, "{}"))
    return given.get("input"), given.get("output")


def without_names(shown: Any) -> Any:
    """Records as rows, for a model whose columns have no names."""
    if isinstance(shown, list) and all(isinstance(row, dict) for row in shown):
        return [list(row.values()) for row in shown]
    return shown


def row_schemas(layout: Layout, methods: Sequence[str], default: str, score: Score) -> Schemas:
    """Schemas of a service that takes rows.

    Parameters
    ----------
    layout : what a row holds.
    methods : those that a request may name; without a name it means ``default``.
    score : answers requests, for the example of an answer.
    """
    shown, output = samples()
    if layout.names is None and layout.width is not None:
        shown = without_names(shown)
    if shown is None and layout.width is not None:
        shown = [[0.0] * layout.width]
    data = {"type": "array", "items": _row(layout, shown)}
    method = {"type": "string", "enum": list(methods), "default": default}
    taken: Document = {"type": "object", "required": ["data"], "properties": {"data": data, "method": method}}
    asked = {"data": shown, "method": "predict" if "predict" in methods else default}
    if shown is not None:
        taken["example"] = asked
    return taken, _returned(asked, output, methods, score)


def _row(layout: Layout, shown: Any) -> Document:
    if isinstance(shown, list) and shown:
        row = schema_of(shown[0])
    else:
        row = {"type": "string"} if layout.width is None else {"type": "array", "items": {}}
    if layout.names is not None and row["type"] == "array":
        row["description"] = ", ".join(layout.names)
    return row


def _returned(asked: Document, output: Any, methods: Sequence[str], score: Score) -> Document:
    if output is not None:
        answer = output if isinstance(output, dict) else {asked["method"]: _values(output)}
    else:
        answer = answer_to(asked, score)
    properties: Document = {name: {"type": "array", "items": {}} for name in methods}
    if answer is None:
        return {"type": "object", "properties": properties}
    properties |= {name: schema_of(value) for name, value in answer.items()}
    return {"type": "object", "properties": properties, "example": answer}


def _values(output: Any) -> Any:
    """A sample of one column as the list that a method gives."""
    if isinstance(output, list) and all(isinstance(row, dict) and len(row) == 1 for row in output):
        return [next(iter(row.values())) for row in output]
    return output


def answer_to(asked: Document, score: Score) -> Any:
    """What the service answers an example with; None where the example is none that it takes."""
    answer = None if asked.get("data", True) is None else score([json.dumps(asked)])[0]
    if not isinstance(answer, Exception):
        return answer
    if samples()[0] is not None:
        log.warning("The sample that the model was registered with is not what it takes: %s", answer)
    return None
