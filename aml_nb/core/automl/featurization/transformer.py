"""The first step of a fitted pipeline: it takes rows as they were given, and gives what estimators learn from."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator, TransformerMixin

from aml_nb.core.automl.exceptions import DataException
from aml_nb.core.automl.featurization import columns, features


class DataTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc,unused-ignore]
    """Finds out what each column holds and makes numbers of it.

    Parameters
    ----------
    column_purposes, drop_columns, blocked_transformers, transformer_params : as FeaturizationConfig has them.
    """

    def __init__(
        self,
        column_purposes: dict[Any, str] | None = None,
        drop_columns: list[Any] | None = None,
        blocked_transformers: list[str] | None = None,
        transformer_params: dict[str, Any] | None = None,
    ) -> None:
        self.column_purposes = column_purposes
        self.drop_columns = drop_columns
        self.blocked_transformers = blocked_transformers
        self.transformer_params = transformer_params

    def fit(self, X: Any, y: Any = None) -> DataTransformer:
        """Learn from rows.

        Raises
        ------
        DataException : no column can be learnt from, or one that was named is not there.
        """
        self._check_named(list(X.columns))
        self.columns_ = columns.look(X, self.column_purposes or {}, self.drop_columns or [])
        self.feature_names_in_ = list(X.columns)
        self.features_: list[tuple[columns.Column, Any, list[str]]] = []
        for column in self.columns_:
            maker = features.make(column, self._imputer(column.name), self.blocked_transformers or [])
            names = [] if maker is None else [f"{column.name}_{name}" for name in maker.fit(X[column.name])]
            self.features_.append((column, maker if names else None, names))
        if not self.get_engineered_feature_names():
            reasons = "; ".join(f"{c.name}: {c.why}" for c in self.columns_ if c.why)
            raise DataException(
                f"No column can be learnt from ({reasons or 'there is none'}).",
                hint="FeaturizationConfig().add_column_purpose('column', 'Categorical')",
            )
        return self

    def transform(self, X: Any) -> Any:
        """The features of rows: a data frame with these columns, or an array with as many.

        Raises
        ------
        DataException : a column is missing.
        """
        import numpy as np

        frame = self._frame(X)
        found = [maker.transform(frame[column.name]) for column, maker, _ in self.features_ if maker is not None]
        return np.hstack(found)

    def get_engineered_feature_names(self) -> list[str]:
        """The names of the features, in their order."""
        return [name for _, _, names in self.features_ for name in names]

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """The names of the features, as scikit-learn asks for them."""
        import numpy as np

        return np.array(self.get_engineered_feature_names(), dtype=object)

    def get_featurization_summary(self, is_user_friendly: bool = True) -> list[dict[str, Any]]:
        """What became of each column.

        Parameters
        ----------
        is_user_friendly : leave the reasons out, as v1's summary has none.
        """
        return [
            {
                "RawFeatureName": column.name,
                "TypeDetected": column.purpose,
                "Dropped": "No" if names else "Yes",
                "EngineeredFeatureCount": len(names),
                "Transformations": [] if maker is None else list(maker.transformations),
                **({} if is_user_friendly else {"Reason": column.why}),
            }
            for column, maker, names in self.features_
        ]

    def _imputer(self, name: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for named, parameters in (self.transformer_params or {}).get("Imputer", ()):
            if not named or name in named:
                found = dict(parameters)
        return found

    def _check_named(self, there: list[Any]) -> None:
        named = {*(self.column_purposes or ()), *(self.drop_columns or ())}
        named |= {name for given in (self.transformer_params or {}).values() for names, _ in given for name in names}
        absent = sorted(str(name) for name in named if name not in there)
        if absent:
            raise DataException(
                f"The featurization configuration names {', '.join(absent)}, and the data has no such column.",
                hint=f"the columns are {', '.join(map(str, there[:20]))}",
            )

    def _frame(self, X: Any) -> Any:
        import numpy as np
        import pandas as pd

        names = self.feature_names_in_
        if not isinstance(X, pd.DataFrame):
            values = np.asarray(X)
            values = values.reshape(1, -1) if values.ndim == 1 else values
            if values.shape[1] != len(names):
                raise DataException(
                    f"Rows have {len(names)} columns ({', '.join(map(str, names))}), not {values.shape[1]}."
                )
            return pd.DataFrame(values, columns=names)
        if list(X.columns) == list(range(len(names))) and not set(names) & set(X.columns):
            return X.set_axis(names, axis=1)  # a request's rows as lists, which had no names
        used = [column.name for column, maker, _ in self.features_ if maker is not None]
        absent = [name for name in used if name not in X.columns]
        if absent:
            raise DataException(
                f"The rows lack the column{'s' if len(absent) > 1 else ''} {', '.join(map(repr, absent))}.",
                hint=f"the model was trained with {', '.join(map(str, names))}",
            )
        return X
