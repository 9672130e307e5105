"""Metrics that are files of the run: images, confusion matrices and other documents."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import metrics
from aml_nb.core.runs.files import clean
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run

_ADDRESS = "aml://artifactId/ExperimentRun/dcid."


def log_image(run: Any, name: str, path: Any, plot: Any) -> None:
    """Keep an image with the run and log where it is."""
    if (path is None) == (plot is None):
        raise UserErrorException(
            "log_image takes an image file or a plot, one of the two.",
            hint="run.log_image('roc', plot=plt) or run.log_image('roc', path='roc.png')",
        )
    source: Any
    if path is not None:
        if not Path(path).is_file():
            raise UserErrorException(
                f"There is no image {os.path.abspath(path)} to log.", hint="fig.savefig(path) before run.log_image"
            )
        source, suffix = Path(path), Path(path).suffix
    else:
        source, suffix = _drawn(plot), ".png"
    file = _free_name(run, name, suffix)
    run._files.upload(file, source)
    run._journal.append(name, metrics.IMAGE, address(run.id, file))


def log_document(run: Run | Any, name: str, kind: str, value: Any) -> None:
    """Keep a document with the run and log where it is."""
    document = parsed(name, kind, value)
    file = _free_name(run, name, "")
    run._files.upload(file, io.BytesIO(json.dumps(document).encode()))
    run._journal.append(name, kind, address(run.id, file))


def parsed(name: str, kind: str, value: Any) -> dict[str, Any]:
    """A document of a kind, checked.

    Raises
    ------
    UserErrorException : it is no dictionary, or of another kind.
    """
    if isinstance(value, (str, bytes)):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise UserErrorException(f"The {kind} {name!r} is no JSON: {error}.", hint=_example(kind)) from None
    if not isinstance(value, dict) or "data" not in value:
        raise UserErrorException(
            f"The {kind} {name!r} must be a dictionary with schema_type, schema_version and data.", hint=_example(kind)
        )
    given = value.get("schema_type", kind)
    if given != kind:
        raise UserErrorException(f"The {kind} {name!r} has the schema_type {given!r}.", hint=_example(kind))
    plain: dict[str, Any] = json.loads(json.dumps(value, default=_plain))
    return plain


def address(run_id: str, file: str) -> str:
    """v1's address of a run's file."""
    return f"{_ADDRESS}{run_id}/{file}"


def name_in(value: str) -> str:
    """The file's name in such an address."""
    return value.removeprefix(_ADDRESS).partition("/")[2]


def _drawn(plot: Any) -> io.BytesIO:
    """The picture of a figure, or of pyplot's current one."""
    figure = plot if hasattr(plot, "savefig") else getattr(plot, "figure", None)
    if figure is None or callable(figure) or not hasattr(figure, "savefig"):
        raise UserErrorException(
            f"{plot!r} cannot be drawn: a plot is matplotlib.pyplot or one of its figures.",
            hint="run.log_image('roc', plot=plt)",
        )
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    stream.seek(0)
    return stream


def _free_name(run: Any, name: str, suffix: str) -> str:
    """The metric's name with the time behind it; a document keeps the plain name where that is free."""
    there = set(run._files.names())
    name = clean(name)
    stem = f"{name}_{int(time.time())}" if suffix else name
    candidates = (f"{stem}{suffix}" if not n else f"{stem}_{n}{suffix}" for n in range(len(there) + 1))
    return next(file for file in candidates if file not in there)


def _plain(value: Any) -> Any:
    """NumPy's arrays and scalars for JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise UserErrorException(
        f"{value!r} cannot be logged: it has no form in JSON.", hint="use lists, numbers and texts"
    )


def _example(kind: str) -> str:
    return f"{{'schema_type': '{kind}', 'schema_version': '1.0.0', 'data': {{...}}}}"
