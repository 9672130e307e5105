"""How a column of each kind becomes numbers; each class learns from one column, and keeps what it needs for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from aml_nb.core.automl.featurization import columns

MOST_CATEGORIES = 40
RARE = 0.01
_PARTS: dict[str, Callable[[Any], Any]] = {
    "Year": lambda d: d.dt.year,
    "Month": lambda d: d.dt.month,
    "Day": lambda d: d.dt.day,
    "DayOfWeek": lambda d: d.dt.day_of_week,
    "DayOfYear": lambda d: d.dt.day_of_year,
    "QuarterOfYear": lambda d: d.dt.quarter,
    "Hour": lambda d: d.dt.hour,
    "Minute": lambda d: d.dt.minute,
    "Second": lambda d: d.dt.second,
}


class Numeric:
    """Numbers, with a value for those that are missing, and a mark where there are some.

    Parameters
    ----------
    strategy, fill_value : which value: ``mean``, ``median``, ``most_frequent``, or ``constant`` with the value.
    mark : whether to mark them.
    """

    def __init__(self, strategy: str = "mean", fill_value: Any = None, mark: bool = True) -> None:
        self.strategy, self.fill_value, self.mark = strategy, fill_value, mark
        self.marks, self.fill = False, 0.0
        self.transformations: list[str] = []

    def fit(self, series: Any) -> list[str]:
        """Learn; the names of the features."""
        import numpy as np

        values = columns.numbers(series)
        missing = np.isnan(values)
        known = values[~missing]
        self.fill = self._fill(known) if len(known) else 0.0
        self.marks = self.mark and bool(missing.any())
        name = {"constant": "Constant", "most_frequent": "Mode"}.get(self.strategy, self.strategy.capitalize())
        self.transformations = [f"{name}Imputer", *(["ImputationMarker"] if self.marks else [])]
        return list(self.transformations)

    def transform(self, series: Any) -> Any:
        """The features of other rows."""
        import numpy as np

        values = columns.numbers(series)
        missing = np.isnan(values)
        filled = np.where(missing, self.fill, values)
        return np.column_stack([filled, missing.astype(float)]) if self.marks else filled.reshape(-1, 1)

    def _fill(self, known: Any) -> float:
        if self.strategy == "constant":
            return float(self.fill_value or 0)
        if self.strategy == "most_frequent":
            return float(Counter(known.tolist()).most_common(1)[0][0])
        return float(known.mean() if self.strategy == "mean" else sorted(known)[len(known) // 2])


class Categorical:
    """A column of 0 and 1 for each category that is not rare, and one for all others.

    What is missing is a category of its own. Of two categories one column says all.
    """

    def __init__(self) -> None:
        self.categories: list[str] = []
        self.rest = False
        self.transformations = ["ModeCatImputer", "OneHotEncoder"]

    def fit(self, series: Any) -> list[str]:
        """Learn; the names of the features."""
        values = columns.texts(series)
        counts = Counter(values.tolist())
        least = max(2, RARE * len(values)) if len(counts) > MOST_CATEGORIES else 1
        common = [name for name, count in counts.most_common(MOST_CATEGORIES) if count >= least]
        self.rest = len(common) < len(counts)
        self.categories = sorted(common)
        if len(self.categories) == 2 and not self.rest:
            self.categories = self.categories[1:]
        self.transformations = ["StringCast", "OneHotEncoder"]
        return [f"OneHotEncoder_{name or 'missing'}" for name in self.categories] + (
            ["OneHotEncoder_others"] if self.rest else []
        )

    def transform(self, series: Any) -> Any:
        """The features of other rows; a category that was not there before is one of the others."""
        import numpy as np

        values = columns.texts(series)
        found = [values == name for name in self.categories]
        if self.rest:
            found.append(~np.isin(values, np.array(self.categories, dtype=object)))
        return np.column_stack(found).astype(float)


class Date:
    """Year, month, day, day of the week… of those parts that differ among the rows."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self.transformations = ["DateTimeTransformer"]

    def fit(self, series: Any) -> list[str]:
        """Learn; the names of the features."""
        import numpy as np

        times = columns.dates(series)
        found = {name: part(times).to_numpy(dtype=float) for name, part in _PARTS.items()}
        known = {name: values[~np.isnan(values)].tolist() for name, values in found.items()}
        common = {name: Counter(values).most_common(1)[0][0] for name, values in known.items() if values}
        self.parts = {name: common[name] for name, values in known.items() if len(set(values)) > 1}
        return [f"DateTimeTransformer_{name}" for name in self.parts]

    def transform(self, series: Any) -> Any:
        """The features of other rows; of a time that is missing, the most frequent ones."""
        import numpy as np

        times = columns.dates(series)
        found = [(_PARTS[name](times).to_numpy(dtype=float), fill) for name, fill in self.parts.items()]
        filled = [np.where(np.isnan(values), fill, values) for values, fill in found]
        return np.column_stack(filled) if filled else np.empty((len(times), 0))


class Text:
    """How often the words and the three-letter parts of a text occur, weighed by how rare they are."""

    def __init__(self, most_words: int = 200, most_parts: int = 100) -> None:
        self.most_words, self.most_parts = most_words, most_parts
        self.vectorizers: list[Any] = []
        self.transformations = ["StringCast", "WordTfIdf", "CharGramTfIdf"]

    def fit(self, series: Any) -> list[str]:
        """Learn; the names of the features."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        values = columns.texts(series)
        words = TfidfVectorizer(max_features=self.most_words, token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2))
        parts = TfidfVectorizer(max_features=self.most_parts, analyzer="char_wb", ngram_range=(3, 3))
        self.vectorizers, names = [], []
        for prefix, vectorizer in (("WordTfIdf", words), ("CharGramTfIdf", parts)):
            try:
                vectorizer.fit(values)
            except ValueError:  # no words at all
                continue
            self.vectorizers.append(vectorizer)
            names += [f"{prefix}_{name}" for name in vectorizer.get_feature_names_out()]
        return names

    def transform(self, series: Any) -> Any:
        """The features of other rows."""
        import numpy as np

        values = columns.texts(series)
        found = [vectorizer.transform(values).toarray() for vectorizer in self.vectorizers]
        return np.hstack(found) if found else np.empty((len(values), 0))


def make(column: columns.Column, imputer: dict[str, Any], blocked: list[str]) -> Any:
    """What turns a column into features; None where nothing does.

    Parameters
    ----------
    column : the column.
    imputer : the parameters of v1's ``Imputer``.
    blocked : v1's names of transformers that are not to be used.
    """
    if column.dropped:
        return None
    if column.purpose == columns.NUMERIC:
        strategy, fill = imputer.get("strategy", "mean"), imputer.get("fill_value")
        return Numeric(strategy, fill, mark="ImputationMarker" not in blocked)
    if column.purpose == columns.DATE:
        return None if "DateTimeTransformer" in blocked else Date()
    if column.purpose == columns.TEXT:
        return None if "TfIdf" in blocked else Text()
    return None if "OneHotEncoder" in blocked else Categorical()
