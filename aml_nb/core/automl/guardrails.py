"""Guardrails: what AutoML noticed about the data, and what it did about it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from aml_nb.core.automl.constants import Tasks
from aml_nb.core.automl.featurization.columns import ALL_NAN, HASHES, NUMERIC
from aml_nb.core.automl.loading import Table
from aml_nb.core.automl.settings import Settings

PASSED, DONE, ALERTED = "PASSED", "DONE", "ALERTED"
_RULE = "*" * 100
_BALANCED = 0.2
"""Of two classes, the smaller one has at least so many of the rows of the larger one."""


def find(train: Table, settings: Settings, features: list[Any], scheme: Any) -> list[dict[str, Any]]:
    """What there is to say of the data.

    Parameters
    ----------
    train : the rows to learn from, as they were given.
    features : of the transformer: column, maker and the names of the features.
    scheme : how rows were set aside to judge; None where they were given.
    """
    found = []
    if scheme is not None and scheme.chosen:
        found.append(_validation(scheme))
    if settings["task"] == Tasks.CLASSIFICATION:
        found.append(_balance(train.y))
    if features:
        found += [_missing(train.X, features), _dropped(features)]
    return found


def show(found: list[dict[str, Any]]) -> str:
    """As v1 prints them."""
    if not found:
        return ""
    parts = ["", _RULE, "DATA GUARDRAILS: ", ""]
    for one in found:
        parts += [f"TYPE:         {one['friendly_type']}", f"STATUS:       {one['friendly_result']}"]
        parts.append("DESCRIPTION:  " + one["description"].replace("\n", "\n              "))
        if one["parameters"]:
            parts += ["DETAILS:      ", *_table(one["parameters"])]
        parts += ["", _RULE]
    return "\n".join(parts) + "\n"


def _one(kind: str, name: str, result: str, description: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": kind,
        "friendly_type": name,
        "result": result.lower(),
        "friendly_result": result,
        "description": description,
        "parameters": parameters,
    }


def _validation(scheme: Any) -> dict[str, Any]:
    return _one(
        *("cv_split", "Validation split handling", DONE),
        "No rows were set aside to judge the pipelines by, so this was done for them.",
        [{"How": scheme.told}],
    )


def _balance(y: Any) -> dict[str, Any]:
    counts = Counter(y.tolist()).most_common()
    (most, many), (least, few) = counts[0], counts[-1]
    name = "Class balancing detection"
    if few >= _BALANCED * many:
        return _one("class_balancing", name, PASSED, "The classes have rows enough beside each other.", [])
    return _one(
        *("class_balancing", name, ALERTED),
        "Some class has few rows beside the largest one: its metrics say little, and accuracy says too much.",
        [{"Largest class": str(most), "Rows": many, "Smallest class": str(least), "Its rows": few}],
    )


def _missing(frame: Any, features: list[Any]) -> dict[str, Any]:
    name = "Missing feature values imputation"
    rows = []
    for column, maker, _ in features:
        count = int(frame[column.name].isna().sum())
        if count and maker is not None:
            how = maker.transformations[0] if column.purpose == NUMERIC else "a value of its own"
            rows.append({"Column name": str(column.name), "Missing value count": count, "Imputation type": how})
    if not rows:
        return _one("missing_value", name, PASSED, "No values are missing in the columns that are learnt from.", [])
    return _one("missing_value", name, DONE, "Values are missing in some columns, and were filled in.", rows)


def _dropped(features: list[Any]) -> dict[str, Any]:
    name = "High cardinality feature detection"
    gone = [column for column, _, names in features if not names]
    if not gone:
        return _one("high_cardinality", name, PASSED, "Every column can be learnt from.", [])
    rows = [{"Column name": str(column.name), "Why": column.why or "nothing can be made of it"} for column in gone]
    kinds = {column.purpose for column in gone}
    what = "Identifiers" if kinds == {HASHES} else "Empty columns" if kinds == {ALL_NAN} else "Some columns"
    return _one("high_cardinality", name, DONE, f"{what} were left out.", rows)


def _table(rows: list[dict[str, Any]]) -> list[str]:
    heads = list(rows[0])
    wide = [max(len(head), *(len(str(row[head])) for row in rows)) for head in heads]
    rule = "+" + "+".join("-" * (w + 2) for w in wide) + "+"

    def line(values: list[str]) -> str:
        return "|" + "|".join(f" {value:<{w}} " for value, w in zip(values, wide, strict=True)) + "|"

    return [rule, line(heads), rule.replace("-", "="), *(line([str(row[h]) for h in heads]) for row in rows), rule]
