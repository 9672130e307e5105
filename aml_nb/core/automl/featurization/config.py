"""FeaturizationConfig: what a user knows better about columns than what their values show."""

from __future__ import annotations

from typing import Any

from aml_nb.core.automl.exceptions import ConfigException

PURPOSES = ("Numeric", "Categorical", "CategoricalHash", "Text", "DateTime", "Ignore", "Hashes")
TRANSFORMERS = (
    *("Imputer", "OneHotEncoder", "HashOneHotEncoder", "DateTimeTransformer", "TfIdf", "ImputationMarker"),
    *("LabelEncoder", "CatImputer", "CountVectorizer", "WordEmbedding", "NaiveBayes", "TextTargetEncoder"),
    *("CatTargetEncoder", "WoETargetEncoder", "ClusterDist", "TruncatedSVDTransformer", "MaxAbsScaler"),
)
STRATEGIES = ("mean", "median", "most_frequent", "constant")


class FeaturizationConfig:
    """How columns are to be taken, where that is not to be found out.

    Parameters
    ----------
    blocked_transformers : of v1's names of transformers, those that are not to be used.
    column_purposes : ``{'zip': 'Categorical'}``.
    transformer_params : ``{'Imputer': [(['age'], {'strategy': 'median'})]}``.
    drop_columns : columns that are not to be learnt from.
    dataset_language, prediction_transform_type : taken and not needed.
    """

    def __init__(
        self,
        blocked_transformers: list[str] | None = None,
        column_purposes: dict[str, str] | None = None,
        transformer_params: dict[str, list[Any]] | None = None,
        drop_columns: list[str] | None = None,
        dataset_language: str | None = None,
        prediction_transform_type: str | None = None,
    ) -> None:
        self.dataset_language = dataset_language
        self.prediction_transform_type = prediction_transform_type
        self.blocked_transformers: list[str] = []
        self.column_purposes: dict[str, str] = {}
        self.transformer_params: dict[str, list[Any]] = {}
        self.drop_columns: list[str] = list(drop_columns or ())
        self.add_blocked_transformers(blocked_transformers or [])
        for column, purpose in (column_purposes or {}).items():
            self.add_column_purpose(column, purpose)
        for transformer, given in (transformer_params or {}).items():
            for columns, parameters in given:
                self.add_transformer_params(transformer, list(columns), parameters)

    def add_column_purpose(self, column_name: str, feature_type: str) -> None:
        """Say what a column is: Numeric, Categorical, Text, DateTime, Ignore…

        Raises
        ------
        ConfigException : there is no such purpose.
        """
        purpose = str(getattr(feature_type, "value", feature_type))
        if purpose not in PURPOSES:
            raise ConfigException(
                f"{feature_type!r} is no purpose of a column; there are {', '.join(PURPOSES)}.",
                hint=f"add_column_purpose({column_name!r}, 'Categorical')",
            )
        self.column_purposes[column_name] = purpose

    def remove_column_purpose(self, column_name: str) -> None:
        """Forget what was said of a column."""
        self.column_purposes.pop(column_name, None)

    def add_drop_columns(self, drop_columns: str | list[str]) -> None:
        """Leave columns out."""
        given = [drop_columns] if isinstance(drop_columns, str) else list(drop_columns)
        self.drop_columns.extend(name for name in given if name not in self.drop_columns)

    def add_blocked_transformers(self, transformers: str | list[str]) -> None:
        """Do without some transformers.

        Raises
        ------
        ConfigException : there is none of that name.
        """
        for name in [transformers] if isinstance(transformers, str) else transformers:
            _check_transformer(name)
            self.blocked_transformers.append(name)

    def add_transformer_params(self, transformer: str, cols: list[str], params: dict[str, Any]) -> None:
        """Give a transformer parameters; those of ``Imputer`` are used: ``strategy`` and ``fill_value``.

        Parameters
        ----------
        transformer : its name.
        cols : for which columns; an empty list for all.
        params : its parameters.

        Raises
        ------
        ConfigException : there is no such transformer or strategy.
        """
        _check_transformer(transformer)
        strategy = params.get("strategy", "mean")
        if transformer == "Imputer" and strategy not in STRATEGIES:
            raise ConfigException(
                f"The imputer has no strategy {strategy!r}; there are {', '.join(STRATEGIES)}.",
                hint="{'strategy': 'median'}",
            )
        self.transformer_params.setdefault(transformer, []).append((list(cols), dict(params)))

    def get_transformer_params(self, transformer: str, cols: list[str]) -> dict[str, Any]:
        """The parameters that were given for these columns, or for all."""
        found: dict[str, Any] = {}
        for columns, parameters in self.transformer_params.get(transformer, ()):
            if not columns or list(columns) == list(cols):
                found = dict(parameters)
        return found

    def remove_transformer_params(self, transformer: str, cols: list[str] | None = None) -> None:
        """Forget the parameters of a transformer; those for some columns only, where they are named."""
        if cols is None:
            self.transformer_params.pop(transformer, None)
        elif transformer in self.transformer_params:
            kept = [pair for pair in self.transformer_params[transformer] if list(pair[0]) != list(cols)]
            self.transformer_params[transformer] = kept

    def _to_json(self) -> dict[str, Any]:
        names = ("blocked_transformers", "column_purposes", "transformer_params", "drop_columns", "dataset_language")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def _from_json(cls, told: dict[str, Any]) -> FeaturizationConfig:
        return cls(**told)


def _check_transformer(name: str) -> None:
    if name not in TRANSFORMERS:
        raise ConfigException(
            f"There is no transformer {name!r}; there are {', '.join(TRANSFORMERS)}.",
            hint="add_transformer_params('Imputer', ['age'], {'strategy': 'median'})",
        )
