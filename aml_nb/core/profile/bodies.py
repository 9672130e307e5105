"""The requests that a profile sends: from what the caller has, to bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from aml_nb.errors import UserErrorException

_MOST = 10_000
_HINT = "Model.profile(..., input_dataset='{\"data\": [[1, 2]]}'), or a list of such texts, or the path of a file"
_LINES = (".jsonl", ".ndjson", ".txt", ".csv")


def bodies_of(given: Any) -> list[bytes]:
    """One body a request.

    Text is one body, unless a file or folder of that name exists; so are bytes, and a dictionary, as JSON. A list
    has a body an item. A file with one of the endings .jsonl, .ndjson, .txt and .csv has a body a line, any other
    is one; of a folder every file is one. A table of one column (a pandas DataFrame or Series, or what has
    ``to_pandas_dataframe``) has a body a row, as v1's dataset for a profile has.

    Raises
    ------
    UserErrorException : nothing that requests can be made of.
    """
    found = _taken(given)
    if not found:
        raise UserErrorException("Error, there is no request in input_dataset.", hint=_HINT)
    if len(found) > _MOST:
        raise UserErrorException(
            f"Error, input_dataset has {len(found)} requests; {_MOST} are enough for a profile.",
            hint=f"give the first of them: input_dataset=requests[:{_MOST}]",
        )
    return found


def _taken(given: Any) -> list[bytes]:
    if isinstance(given, Path) or (isinstance(given, str) and _exists(given)):
        return _of_path(Path(given))
    if isinstance(given, (list, tuple)):
        return [_body(item) for item in given]
    if hasattr(given, "to_pandas_dataframe"):
        given = given.to_pandas_dataframe()
    if hasattr(given, "columns") and hasattr(given, "iloc"):
        return _of_table(given)
    if hasattr(given, "tolist") and getattr(given, "ndim", None) == 1:
        return [_body(item) for item in given.tolist()]
    return [_body(given)]


def _exists(text: str) -> bool:
    return len(text) < 1024 and "\0" not in text and os.path.exists(text)


def _body(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode("utf-8")
    if isinstance(item, (bytes, bytearray)):
        return bytes(item)
    if isinstance(item, (dict, list)):
        try:
            return json.dumps(item).encode("utf-8")
        except (TypeError, ValueError) as error:
            raise UserErrorException(f"Error, a request cannot be written as JSON: {error}", hint=_HINT) from None
    raise UserErrorException(
        f"Error, a profile cannot take its requests from a {type(item).__name__}. It takes the text of a request, a "
        "list of them, a table of one column (also as a TabularDataset), or a path.",
        hint=_HINT,
    )


def _of_table(table: Any) -> list[bytes]:
    if len(table.columns) != 1:
        raise UserErrorException(
            f"Error, the table of requests has {len(table.columns)} columns; it needs one, whose rows are the bodies.",
            hint="pandas.DataFrame({'request': [json.dumps({'data': [row]}) for row in rows]})",
        )
    return [_body(item) for item in table.iloc[:, 0].tolist()]


def _of_path(path: Path) -> list[bytes]:
    try:
        if path.is_dir():
            return [file.read_bytes() for file in sorted(path.iterdir()) if file.is_file()]
        data = path.read_bytes()
    except OSError as error:
        raise UserErrorException(f"Error, the requests in {path} cannot be read: {error.strerror or error}") from None
    if path.suffix.lower() in _LINES:
        return [line for line in data.splitlines() if line.strip()]
    return [data]
