"""v1's names of AutoML: tasks, metrics, algorithms."""

from __future__ import annotations


class Tasks:
    """What there is to be learnt."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    FORECASTING = "forecasting"
    ALL = (CLASSIFICATION, REGRESSION)
    IMAGE_CLASSIFICATION = "image-classification"
    IMAGE_CLASSIFICATION_MULTILABEL = "image-classification-multilabel"
    IMAGE_OBJECT_DETECTION = "image-object-detection"
    IMAGE_INSTANCE_SEGMENTATION = "image-instance-segmentation"
    TEXT_CLASSIFICATION = "text-classification"
    TEXT_CLASSIFICATION_MULTILABEL = "text-classification-multilabel"
    TEXT_NER = "text-ner"
    ALL_IMAGE = (
        IMAGE_CLASSIFICATION,
        IMAGE_CLASSIFICATION_MULTILABEL,
        IMAGE_OBJECT_DETECTION,
        IMAGE_INSTANCE_SEGMENTATION,
    )
    ALL_TEXT = (TEXT_CLASSIFICATION, TEXT_CLASSIFICATION_MULTILABEL, TEXT_NER)


class Metric:
    """The metrics that iterations log."""

    Accuracy = "accuracy"
    WeightedAccuracy = "weighted_accuracy"
    BalancedAccuracy = "balanced_accuracy"
    NormMacroRecall = "norm_macro_recall"
    LogLoss = "log_loss"
    MatthewsCorrelation = "matthews_correlation"
    AUCBinary, AUCMacro, AUCMicro, AUCWeighted = "AUC_binary", "AUC_macro", "AUC_micro", "AUC_weighted"
    F1Binary, F1Macro = "f1_score_binary", "f1_score_macro"
    F1Micro, F1Weighted = "f1_score_micro", "f1_score_weighted"
    PrecisionBinary, PrecisionMacro = "precision_score_binary", "precision_score_macro"
    PrecisionMicro, PrecisionWeighted = "precision_score_micro", "precision_score_weighted"
    RecallBinary, RecallMacro = "recall_score_binary", "recall_score_macro"
    RecallMicro, RecallWeighted = "recall_score_micro", "recall_score_weighted"
    AvgPrecisionBinary, AvgPrecisionMacro = "average_precision_score_binary", "average_precision_score_macro"
    AvgPrecisionMicro, AvgPrecisionWeighted = "average_precision_score_micro", "average_precision_score_weighted"
    AccuracyTable, ConfusionMatrix = "accuracy_table", "confusion_matrix"

    ExplainedVariance, R2Score, Spearman = "explained_variance", "r2_score", "spearman_correlation"
    MAPE = "mean_absolute_percentage_error"
    MeanAbsError, NormMeanAbsError = "mean_absolute_error", "normalized_mean_absolute_error"
    MedianAbsError, NormMedianAbsError = "median_absolute_error", "normalized_median_absolute_error"
    RMSE, NormRMSE = "root_mean_squared_error", "normalized_root_mean_squared_error"
    RMSLE, NormRMSLE = "root_mean_squared_log_error", "normalized_root_mean_squared_log_error"
    Residuals, PredictedTrue = "residuals", "predicted_true"

    SCALAR_CLASSIFICATION_SET = frozenset(
        {
            *("accuracy", "weighted_accuracy", "balanced_accuracy", "norm_macro_recall", "log_loss"),
            "matthews_correlation",
            *(
                f"{name}_{kind}"
                for name in ("AUC", "f1_score", "precision_score", "recall_score", "average_precision_score")
                for kind in ("macro", "micro", "weighted")
            ),
        }
    )
    SCALAR_REGRESSION_SET = frozenset(
        {
            *("explained_variance", "r2_score", "spearman_correlation", "mean_absolute_percentage_error"),
            *("mean_absolute_error", "normalized_mean_absolute_error"),
            *("median_absolute_error", "normalized_median_absolute_error"),
            *("root_mean_squared_error", "normalized_root_mean_squared_error"),
            *("root_mean_squared_log_error", "normalized_root_mean_squared_log_error"),
        }
    )
    NONSCALAR_CLASSIFICATION_SET = frozenset({"accuracy_table", "confusion_matrix"})
    NONSCALAR_REGRESSION_SET = frozenset({"residuals", "predicted_true"})
    CLASSIFICATION_SET = SCALAR_CLASSIFICATION_SET | NONSCALAR_CLASSIFICATION_SET
    REGRESSION_SET = SCALAR_REGRESSION_SET | NONSCALAR_REGRESSION_SET
    SCALAR_FULL_SET = SCALAR_CLASSIFICATION_SET | SCALAR_REGRESSION_SET
    FULL_SET = CLASSIFICATION_SET | REGRESSION_SET
    CLASSIFICATION_PRIMARY_SET = frozenset(
        {
            "AUC_weighted",
            "accuracy",
            "average_precision_score_weighted",
            "norm_macro_recall",
            "precision_score_weighted",
        }
    )
    REGRESSION_PRIMARY_SET = frozenset(
        {
            *("spearman_correlation", "r2_score"),
            *("normalized_root_mean_squared_error", "normalized_mean_absolute_error"),
        }
    )


class OptimizerObjectives:
    """Whether more of a metric is better, or less."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"
    NA = "NA"
    FULL_SET = frozenset({MAXIMIZE, MINIMIZE, NA})


class SupportedModels:
    """v1's names of the algorithms that are tried here."""

    class Classification:
        """For classes."""

        BernoulliNaiveBayes = "BernoulliNaiveBayes"
        DecisionTree = "DecisionTree"
        ExtraTrees = "ExtremeRandomTrees"
        GradientBoosting = "GradientBoosting"
        KNearestNeighborsClassifier = "KNN"
        LightGBMClassifier = "LightGBM"
        LinearSupportVectorMachine = "LinearSVM"
        LogisticRegression = "LogisticRegression"
        MultinomialNB = "MultinomialNaiveBayes"
        RandomForest = "RandomForest"
        SGDClassifier = "SGD"
        SupportVectorMachine = "SVM"
        XGBoostClassifier = "XGBoostClassifier"

    class Regression:
        """For numbers."""

        DecisionTree = "DecisionTree"
        ElasticNet = "ElasticNet"
        ExtraTrees = "ExtremeRandomTrees"
        GradientBoosting = "GradientBoosting"
        KNearestNeighborsRegressor = "KNN"
        LassoLars = "LassoLars"
        LightGBMRegressor = "LightGBM"
        RandomForest = "RandomForest"
        SGDRegressor = "SGD"
        XGBoostRegressor = "XGBoostRegressor"


VOTING, STACK = "VotingEnsemble", "StackEnsemble"

PRIMARY_METRICS = {
    Tasks.CLASSIFICATION: (
        *("AUC_weighted", "average_precision_score_weighted", "precision_score_weighted"),
        *("accuracy", "norm_macro_recall"),
    ),
    Tasks.REGRESSION: (
        *("spearman_correlation", "r2_score"),
        *("normalized_root_mean_squared_error", "normalized_mean_absolute_error"),
    ),
}
DEFAULT_METRIC = {Tasks.CLASSIFICATION: "accuracy", Tasks.REGRESSION: "normalized_root_mean_squared_error"}
ABSENT_MODELS = {
    Tasks.CLASSIFICATION: (
        "AveragedPerceptronClassifier",
        "TensorFlowDNN",
        "TensorFlowLinearClassifier",
        "TabnetClassifier",
    ),
    Tasks.REGRESSION: (
        *("FastLinearRegressor", "OnlineGradientDescentRegressor"),
        *("TensorFlowDNN", "TensorFlowLinearRegressor", "TabnetRegressor"),
    ),
}
"""v1's algorithms that are not tried here; they may be named all the same."""


def models(task: str) -> tuple[str, ...]:
    """v1's names of the algorithms that are tried for a task."""
    known = SupportedModels.Classification if task == Tasks.CLASSIFICATION else SupportedModels.Regression
    return tuple(value for name, value in vars(known).items() if not name.startswith("_"))


def minimized(metric: str) -> bool:
    """Whether less of the metric is better."""
    return metric == "log_loss" or "_error" in metric


def objective(metric: str) -> str:
    """``maximize`` or ``minimize``."""
    return OptimizerObjectives.MINIMIZE if minimized(metric) else OptimizerObjectives.MAXIMIZE
