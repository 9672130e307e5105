"""Estimators that scikit-learn does not have in this form; fitted models are made of them."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin


class XGBoostClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc,unused-ignore]
    """XGBoost's classifier for any labels: its own takes 0, 1, 2… alone.

    Parameters
    ----------
    n_estimators, learning_rate, max_depth, subsample, colsample_bytree, reg_lambda, min_child_weight : XGBoost's.
    n_jobs, random_state : threads, and what chance begins with.
    """

    def __init__(
        self,
        n_estimators: int = 100,
        learning_rate: float = 0.1,
        max_depth: int = 6,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_lambda: float = 1.0,
        min_child_weight: float = 1.0,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.n_estimators, self.learning_rate, self.max_depth = n_estimators, learning_rate, max_depth
        self.subsample, self.colsample_bytree, self.reg_lambda = subsample, colsample_bytree, reg_lambda
        self.min_child_weight, self.n_jobs, self.random_state = min_child_weight, n_jobs, random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> XGBoostClassifier:
        """Learn."""
        import numpy as np
        from xgboost import XGBClassifier

        self.classes_, positions = np.unique(y, return_inverse=True)
        self.model_ = XGBClassifier(verbosity=0, **self.get_params())
        self.model_.fit(X, positions, sample_weight=sample_weight)
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class."""
        return self.model_.predict_proba(X)

    def predict(self, X: Any) -> Any:
        """The most probable class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @property
    def feature_importances_(self) -> Any:
        """What each feature adds."""
        return self.model_.feature_importances_


class PreFittedSoftVotingClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc,unused-ignore]
    """The weighted mean of the probabilities of pipelines that have learnt already.

    Parameters
    ----------
    estimators : (name, pipeline) pairs.
    weights : one for each of them.
    classes : all classes.
    """

    def __init__(self, estimators: list[tuple[str, Any]], weights: list[float], classes: Any) -> None:
        self.estimators, self.weights, self.classes = estimators, weights, classes

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> Any:
        """All classes."""
        return self.classes

    def fit(self, X: Any, y: Any) -> PreFittedSoftVotingClassifier:
        """Nothing: the pipelines have learnt already."""
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class."""
        import numpy as np

        found = [aligned(model.predict_proba(X), model.classes_, self.classes) for _, model in self.estimators]
        return np.average(found, axis=0, weights=self.weights)

    def predict(self, X: Any) -> Any:
        """The most probable class."""
        return self.classes[self.predict_proba(X).argmax(axis=1)]


class PreFittedVotingRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc,unused-ignore]
    """The weighted mean of the predictions of pipelines that have learnt already.

    Parameters
    ----------
    estimators : (name, pipeline) pairs.
    weights : one for each of them.
    """

    def __init__(self, estimators: list[tuple[str, Any]], weights: list[float]) -> None:
        self.estimators, self.weights = estimators, weights

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> PreFittedVotingRegressor:
        """Nothing: the pipelines have learnt already."""
        return self

    def predict(self, X: Any) -> Any:
        """The weighted mean."""
        import numpy as np

        return np.average([model.predict(X) for _, model in self.estimators], axis=0, weights=self.weights)


class StackEnsembleClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc,unused-ignore]
    """A model that has learnt from the probabilities which other pipelines give.

    Parameters
    ----------
    base_learners : (name, pipeline) pairs that have learnt already.
    meta_learner : the model that has learnt from what they say.
    classes : all classes.
    """

    def __init__(self, base_learners: list[tuple[str, Any]], meta_learner: Any, classes: Any) -> None:
        self.base_learners, self.meta_learner, self.classes = base_learners, meta_learner, classes

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> Any:
        """All classes."""
        return self.classes

    def fit(self, X: Any, y: Any) -> StackEnsembleClassifier:
        """Nothing: all of it has learnt already."""
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class."""
        import numpy as np

        found = [aligned(model.predict_proba(X), model.classes_, self.classes) for _, model in self.base_learners]
        return aligned(self.meta_learner.predict_proba(np.hstack(found)), self.meta_learner.classes_, self.classes)

    def predict(self, X: Any) -> Any:
        """The most probable class."""
        return self.classes[self.predict_proba(X).argmax(axis=1)]


class StackEnsembleRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc,unused-ignore]
    """A model that has learnt from the predictions of other pipelines.

    Parameters
    ----------
    base_learners : (name, pipeline) pairs that have learnt already.
    meta_learner : the model that has learnt from what they say.
    """

    def __init__(self, base_learners: list[tuple[str, Any]], meta_learner: Any) -> None:
        self.base_learners, self.meta_learner = base_learners, meta_learner

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> StackEnsembleRegressor:
        """Nothing: all of it has learnt already."""
        return self

    def predict(self, X: Any) -> Any:
        """What the model makes of their predictions."""
        import numpy as np

        return self.meta_learner.predict(np.column_stack([model.predict(X) for _, model in self.base_learners]))


def aligned(proba: Any, own: Any, classes: Any) -> Any:
    """Probabilities with a column for each of all classes: 0 for those that a model has never seen."""
    import numpy as np

    own, classes = list(np.asarray(own).tolist()), list(np.asarray(classes).tolist())
    if own == classes:
        return np.asarray(proba, dtype=float)
    found = np.zeros((len(proba), len(classes)))
    for n, value in enumerate(own):
        found[:, classes.index(value)] = proba[:, n]
    return found
