"""The algorithms by v1's names: how each is made, and which hyperparameters are searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from aml_nb.core.automl import estimators as make
from aml_nb.core.automl.constants import Tasks

Space = dict[str, tuple[Any, ...]]
"""Parameter to ``("log" | "uniform" | "logint" | "int", low, high)`` or ``("choice", values)``."""
PLAIN = ("MaxAbsScaler", "StandardScalerWrapper")
ROUGH = ("MaxAbsScaler", "StandardScalerWrapper", "MinMaxScaler", "RobustScaler", "SparseNormalizer", "PCA")
POSITIVE = ("MinMaxScaler",)


@dataclass(frozen=True)
class Algorithm:
    """One algorithm.

    ``step`` is the estimator's name in the fitted pipeline, ``make(parameters, jobs, seed)`` gives the estimator,
    ``first`` are the parameters that are tried first, ``most_rows`` the rows up to which it is worth while.
    """

    name: str
    step: str
    make: Callable[[dict[str, Any], int, int], Any]
    space: Space
    first: dict[str, Any]
    scalers: tuple[str, ...] = PLAIN
    needs: str | None = None
    most_rows: int = 10_000_000
    gaps: bool = False
    """Whether it takes rows in which values are missing."""
    weights: bool = True
    """Whether its rows may have weights."""

    def installed(self) -> bool:
        """Whether the package that it needs is there."""
        return self.needs is None or find_spec(self.needs) is not None


_BOOSTED: Space = {
    "n_estimators": ("logint", 20, 400),
    "learning_rate": ("log", 0.02, 0.5),
    "reg_lambda": ("log", 0.001, 10.0),
    "colsample_bytree": ("uniform", 0.5, 1.0),
}
_LIGHT: Space = {**_BOOSTED, "num_leaves": ("logint", 4, 128), "min_child_samples": ("logint", 5, 100)}
_EXTREME: Space = {**_BOOSTED, "max_depth": ("int", 2, 10), "subsample": ("uniform", 0.5, 1.0)}
_FOREST: Space = {
    "n_estimators": ("logint", 20, 300),
    "max_features": ("uniform", 0.1, 1.0),
    "min_samples_leaf": ("logint", 1, 40),
}
_BOOST: Space = {
    "n_estimators": ("logint", 20, 300),
    "learning_rate": ("log", 0.02, 0.5),
    "max_depth": ("int", 2, 8),
    "subsample": ("uniform", 0.5, 1.0),
}
_TREE: Space = {"max_depth": ("int", 2, 20), "min_samples_leaf": ("logint", 1, 60)}
_NEIGHBORS: Space = {"n_neighbors": ("logint", 2, 60), "weights": ("choice", ["uniform", "distance"])}
_LIGHT_FIRST = {"n_estimators": 100, "learning_rate": 0.1, "reg_lambda": 0.001, "colsample_bytree": 1.0}
_LIGHT_FIRST |= {"num_leaves": 31, "min_child_samples": 20}
_EXTREME_FIRST = {"n_estimators": 100, "learning_rate": 0.1, "reg_lambda": 1.0, "colsample_bytree": 1.0}
_EXTREME_FIRST |= {"max_depth": 6, "subsample": 1.0}
_FOREST_FIRST = {"n_estimators": 100, "max_features": 0.5, "min_samples_leaf": 2}
_BOOST_FIRST = {"n_estimators": 100, "learning_rate": 0.1, "max_depth": 3, "subsample": 1.0}
_TREE_FIRST = {"max_depth": 8, "min_samples_leaf": 10}
_NEIGHBORS_FIRST = {"n_neighbors": 15, "weights": "uniform"}

CLASSIFIERS = (
    Algorithm(
        "LightGBM", "LightGBMClassifier", make.light_classifier, _LIGHT, _LIGHT_FIRST, ROUGH, "lightgbm", gaps=True
    ),
    Algorithm(
        *(
            "XGBoostClassifier",
            "XGBoostClassifier",
            make.extreme_classifier,
            _EXTREME,
            _EXTREME_FIRST,
            ROUGH,
            "xgboost",
        ),
        gaps=True,
    ),
    Algorithm(
        *("LogisticRegression", "LogisticRegression", make.logistic, {"C": ("log", 0.001, 1000.0)}, {"C": 1.0}),
        scalers=("StandardScalerWrapper", "MaxAbsScaler", "RobustScaler", "PCA"),
    ),
    Algorithm("RandomForest", "RandomForestClassifier", make.forest_classifier, _FOREST, _FOREST_FIRST, ROUGH),
    Algorithm("ExtremeRandomTrees", "ExtraTreesClassifier", make.extra_classifier, _FOREST, _FOREST_FIRST, ROUGH),
    Algorithm(
        *("GradientBoosting", "GradientBoostingClassifier", make.boost_classifier, _BOOST, _BOOST_FIRST),
        most_rows=50_000,
    ),
    Algorithm(
        *("SGD", "SGDClassifierWrapper", make.sgd_classifier),
        {"alpha": ("log", 1e-6, 0.1), "loss": ("choice", ["log_loss", "modified_huber"])},
        {"alpha": 1e-4, "loss": "log_loss"},
        ("StandardScalerWrapper", "MaxAbsScaler"),
    ),
    Algorithm("DecisionTree", "DecisionTreeClassifier", make.tree_classifier, _TREE, _TREE_FIRST),
    Algorithm(
        *("KNN", "KNeighborsClassifier", make.neighbors_classifier, _NEIGHBORS, _NEIGHBORS_FIRST),
        scalers=("StandardScalerWrapper", "MaxAbsScaler", "PCA"),
        most_rows=50_000,
        weights=False,
    ),
    Algorithm("BernoulliNaiveBayes", "BernoulliNB", make.bernoulli, {"alpha": ("log", 0.001, 10.0)}, {"alpha": 1.0}),
    Algorithm(
        *("MultinomialNaiveBayes", "MultinomialNB", make.multinomial, {"alpha": ("log", 0.001, 10.0)}, {"alpha": 1.0}),
        scalers=POSITIVE,
    ),
    Algorithm(
        *("LinearSVM", "LinearSVMWrapper", make.linear_svm, {"C": ("log", 0.001, 100.0)}, {"C": 1.0}),
        scalers=("StandardScalerWrapper", "MaxAbsScaler"),
        most_rows=50_000,
    ),
    Algorithm(
        *("SVM", "SVCWrapper", make.svm, {"C": ("log", 0.01, 100.0), "gamma": ("log", 0.001, 10.0)}),
        {"C": 1.0, "gamma": 0.1},
        ("StandardScalerWrapper", "MaxAbsScaler"),
        most_rows=5_000,
    ),
)
REGRESSORS = (
    Algorithm(
        "LightGBM", "LightGBMRegressor", make.light_regressor, _LIGHT, _LIGHT_FIRST, ROUGH, "lightgbm", gaps=True
    ),
    Algorithm(
        *("XGBoostRegressor", "XGBoostRegressor", make.extreme_regressor, _EXTREME, _EXTREME_FIRST, ROUGH, "xgboost"),
        gaps=True,
    ),
    Algorithm(
        *("ElasticNet", "ElasticNet", make.elastic_net),
        {"alpha": ("log", 1e-4, 10.0), "l1_ratio": ("uniform", 0.0, 1.0)},
        {"alpha": 0.001, "l1_ratio": 0.5},
        ("StandardScalerWrapper", "MinMaxScaler", "RobustScaler"),
    ),
    Algorithm("RandomForest", "RandomForestRegressor", make.forest_regressor, _FOREST, _FOREST_FIRST),
    Algorithm("ExtremeRandomTrees", "ExtraTreesRegressor", make.extra_regressor, _FOREST, _FOREST_FIRST),
    Algorithm(
        *("GradientBoosting", "GradientBoostingRegressor", make.boost_regressor, _BOOST, _BOOST_FIRST),
        most_rows=50_000,
    ),
    Algorithm(
        *("LassoLars", "LassoLars", make.lasso_lars, {"alpha": ("log", 1e-5, 1.0)}, {"alpha": 0.001}),
        scalers=("StandardScalerWrapper", "MinMaxScaler"),
        weights=False,
    ),
    Algorithm("DecisionTree", "DecisionTreeRegressor", make.tree_regressor, _TREE, _TREE_FIRST),
    Algorithm(
        *("KNN", "KNeighborsRegressor", make.neighbors_regressor, _NEIGHBORS, _NEIGHBORS_FIRST),
        scalers=("StandardScalerWrapper", "MaxAbsScaler", "PCA"),
        most_rows=50_000,
        weights=False,
    ),
    Algorithm(
        *("SGD", "SGDRegressorWrapper", make.sgd_regressor, {"alpha": ("log", 1e-6, 0.1)}, {"alpha": 1e-4}),
        scalers=("StandardScalerWrapper",),
    ),
)


def of(task: str) -> dict[str, Algorithm]:
    """The algorithms of a task by name, those first that are tried first."""
    return {one.name: one for one in (CLASSIFIERS if task == Tasks.CLASSIFICATION else REGRESSORS)}


def packages(task: str, names: list[str]) -> list[str]:
    """The packages that algorithms need besides scikit-learn, where they are installed."""
    return [str(one.needs) for one in of(task).values() if one.name in names and one.needs and one.installed()]


def usable(task: str, names: list[str], rows: int, gaps: bool) -> tuple[list[str], list[str]]:
    """Those of the algorithms that fit the data, and sentences on those that are left out.

    Parameters
    ----------
    names : that the settings allow.
    rows : how many there are.
    gaps : whether values are missing that nothing fills in.
    """
    chosen, notes = [], []
    for name, one in of(task).items():
        if name not in names:
            continue
        if not one.installed():
            notes.append(f"{name} is left out: {one.needs} is not installed.")
        elif rows > one.most_rows and len(names) > 1:
            notes.append(f"{name} is left out: it takes too long for {rows:,} rows.")
        elif gaps and not one.gaps and len(names) > 1:
            notes.append(f"{name} is left out: values are missing, and featurization is off.")
        else:
            chosen.append(name)
    return chosen, notes


def pipeline(task: str, name: str, scaler: str | None, parameters: dict[str, Any], jobs: int, seed: int) -> Any:
    """Scaler and estimator, that have learnt nothing yet."""
    from sklearn.pipeline import Pipeline

    one = of(task)[name]
    estimator = one.make(dict(parameters), jobs, seed)
    first = [] if scaler is None else [(scaler, make.scaler(scaler, seed))]
    return Pipeline([*first, (one.step, estimator)])
