"""Scalers and estimators as scikit-learn, LightGBM and XGBoost make them; each is imported when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Maker:
    """Makes estimators of one class.

    ``jobs`` and ``seed`` say whether it takes ``n_jobs`` and ``random_state``; ``fixed`` is what is never searched.
    """

    module: str
    name: str
    jobs: bool = False
    seed: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, parameters: Parameters, jobs: int, seed: int) -> Any:
        given = {**self.fixed, **parameters}
        if self.jobs:
            given["n_jobs"] = jobs
        if self.seed:
            given["random_state"] = seed
        return getattr(import_module(self.module), self.name)(**given)


@dataclass(frozen=True)
class Calibrated:
    """Makes estimators that tell no probabilities, in a shell that finds them by cross-validation."""

    inner: Maker
    ensemble: bool = True

    def __call__(self, parameters: Parameters, jobs: int, seed: int) -> Any:
        from sklearn.calibration import CalibratedClassifierCV

        return CalibratedClassifierCV(self.inner(parameters, jobs, seed), cv=3, ensemble=self.ensemble)


_QUIET = {"verbosity": -1}
light_classifier = Maker("lightgbm", "LGBMClassifier", jobs=True, fixed=_QUIET)
light_regressor = Maker("lightgbm", "LGBMRegressor", jobs=True, fixed=_QUIET)
extreme_classifier = Maker("aml_nb.core.automl.models", "XGBoostClassifier", jobs=True)
extreme_regressor = Maker("xgboost", "XGBRegressor", jobs=True, fixed={"verbosity": 0})
logistic = Maker("sklearn.linear_model", "LogisticRegression", fixed={"max_iter": 500})
forest_classifier = Maker("sklearn.ensemble", "RandomForestClassifier", jobs=True)
forest_regressor = Maker("sklearn.ensemble", "RandomForestRegressor", jobs=True)
extra_classifier = Maker("sklearn.ensemble", "ExtraTreesClassifier", jobs=True)
extra_regressor = Maker("sklearn.ensemble", "ExtraTreesRegressor", jobs=True)
boost_classifier = Maker("sklearn.ensemble", "GradientBoostingClassifier")
boost_regressor = Maker("sklearn.ensemble", "GradientBoostingRegressor")
sgd_classifier = Maker("sklearn.linear_model", "SGDClassifier", jobs=True)
sgd_regressor = Maker("sklearn.linear_model", "SGDRegressor")
tree_classifier = Maker("sklearn.tree", "DecisionTreeClassifier")
tree_regressor = Maker("sklearn.tree", "DecisionTreeRegressor")
neighbors_classifier = Maker("sklearn.neighbors", "KNeighborsClassifier", jobs=True, seed=False)
neighbors_regressor = Maker("sklearn.neighbors", "KNeighborsRegressor", jobs=True, seed=False)
bernoulli = Maker("sklearn.naive_bayes", "BernoulliNB", seed=False)
multinomial = Maker("sklearn.naive_bayes", "MultinomialNB", seed=False)
linear_svm = Calibrated(Maker("sklearn.svm", "LinearSVC"))
svm = Calibrated(Maker("sklearn.svm", "SVC"), ensemble=False)
elastic_net = Maker("sklearn.linear_model", "ElasticNet")
lasso_lars = Maker("sklearn.linear_model", "LassoLars")


def scaler(name: str, seed: int) -> Any:
    """The scaler of one of v1's names."""
    from sklearn import decomposition, preprocessing

    if name == "PCA":
        return decomposition.PCA(n_components=0.95, svd_solver="full", random_state=seed)
    if name == "MinMaxScaler":  # other rows may lie outside of what it has seen
        return preprocessing.MinMaxScaler(clip=True)
    known = {"StandardScalerWrapper": "StandardScaler", "SparseNormalizer": "Normalizer"}
    return getattr(preprocessing, known.get(name, name))()
