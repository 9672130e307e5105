"""``azureml.train.hyperdrive.error_definition``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.hyperdrive.error_definition": """
            DictValidationInvalidArgument DistributionValidationFailure HyperDriveNotImplemented
            HyperDriveRunCancellationError HyperDriveTrainingError InvalidComputeTarget InvalidConfigSetting
            InvalidKeyInDict InvalidRunHost InvalidType MissingChoiceValues RehydratePolicyNotFound
            RehydrateUnknownSampling ResumeChildRunsContainsDuplicate ResumeChildRunsFromTooManyParentRuns
            ResumeChildRunsNotInTerminalState ResumeChildRunsWithoutParentRun WarmStartRunsDontMatch
        """,
    },
)
