"""v1's early termination policies: which settings each has. How they judge is in ``judging``."""

from __future__ import annotations

from typing import Any

from aml_nb.core.hyperdrive.error_definition import DictValidationInvalidArgument, RehydratePolicyNotFound
from aml_nb.core.hyperdrive.exceptions import HyperDriveRehydrateException
from aml_nb.core.hyperdrive.refusals import check_count, check_type, expects, refuse

__all__ = [
    "BanditPolicy",
    "EarlyTerminationPolicy",
    "MedianStoppingPolicy",
    "NoTerminationPolicy",
    "TruncationSelectionPolicy",
    "scrubbed_data",
]
scrubbed_data = "[Scrubbed]"


class EarlyTerminationPolicy:
    """What all policies share: a name and settings.

    Parameters
    ----------
    name : v1's name of the policy.
    properties : its settings.
    """

    def __init__(self, name: str, properties: dict[str, Any] | None = None) -> None:
        self._name = name
        self._properties = dict(properties or {})

    def to_json(self) -> dict[str, Any]:
        """The policy as a dictionary that JSON can hold."""
        return {"name": self._name, "properties": self._properties}

    def __eq__(self, other: object) -> bool:
        """Whether the other is the same policy with the same settings."""
        return isinstance(other, EarlyTerminationPolicy) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in self._properties.items())})"


class _Interval(EarlyTerminationPolicy):
    """A policy that judges a run at some of the values that it logs of the primary metric."""

    def __init__(self, name: str, evaluation_interval: int, delay_evaluation: int, **more: Any) -> None:
        check_count("evaluation_interval", evaluation_interval, 1)
        check_count("delay_evaluation", delay_evaluation, 0)
        intervals = {"evaluation_interval": int(evaluation_interval), "delay_evaluation": int(delay_evaluation)}
        super().__init__(name, intervals | {key: value for key, value in more.items() if value is not None})

    @property
    def evaluation_interval(self) -> int:
        """After how many values of the primary metric a run is judged, time and again."""
        return int(self._properties["evaluation_interval"])

    @property
    def delay_evaluation(self) -> int:
        """How many values a run may log before it is judged for the first time."""
        return int(self._properties["delay_evaluation"])


class BanditPolicy(_Interval):
    """Cancel the runs that are not within some distance of the best one.

    Parameters
    ----------
    evaluation_interval : judge a run at every so many values of the primary metric that it logs.
    slack_factor : the distance as a share: with 0.2, a metric to maximise may be as low as the best one / 1.2.
    slack_amount : the distance as an amount; one of the two is needed.
    delay_evaluation : judge no run before it has logged so many values.

    Raises
    ------
    HyperDriveConfigException : both distances or none are given, or a setting is out of its bounds.
    """

    POLICY_NAME = "Bandit"

    def __init__(
        self,
        evaluation_interval: int = 1,
        slack_factor: float | None = None,
        slack_amount: float | None = None,
        delay_evaluation: int = 0,
    ) -> None:
        if (slack_factor is None) == (slack_amount is None):
            expects(
                self.POLICY_NAME,
                "either slack_factor or slack_amount" + ("" if slack_factor is None else ", not both"),
                hint="BanditPolicy(evaluation_interval=1, slack_factor=0.1)",
            )
        super().__init__(
            self.POLICY_NAME,
            evaluation_interval,
            delay_evaluation,
            slack_factor=_slack("slack_factor", slack_factor),
            slack_amount=_slack("slack_amount", slack_amount),
        )

    @property
    def slack_factor(self) -> float | None:
        """The distance as a share, if it was given so."""
        return self._properties.get("slack_factor")

    @property
    def slack_amount(self) -> float | None:
        """The distance as an amount, if it was given so."""
        return self._properties.get("slack_amount")


def _slack(name: str, slack: Any) -> float | None:
    if slack is None:
        return None
    check_type(name, slack, (int, float), "float")
    if not 0 <= slack < float("inf"):
        expects(name, f"a number of at least 0, got {slack}")
    return float(slack)


class MedianStoppingPolicy(_Interval):
    """Cancel the runs whose best metric is worse than the median of all runs' averages up to the same interval.

    Parameters
    ----------
    evaluation_interval : judge a run at every so many values of the primary metric that it logs.
    delay_evaluation : judge no run before it has logged so many values.
    """

    POLICY_NAME = "MedianStopping"

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        super().__init__(self.POLICY_NAME, evaluation_interval, delay_evaluation)


class TruncationSelectionPolicy(_Interval):
    """Cancel a share of the runs, those that rank lowest, at each interval.

    Parameters
    ----------
    truncation_percentage : the share in per cent, from 1 to 99.
    evaluation_interval : judge a run at every so many values of the primary metric that it logs.
    delay_evaluation : judge no run before it has logged so many values.
    """

    POLICY_NAME = "TruncationSelection"

    def __init__(self, truncation_percentage: int, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        check_count("truncation_percentage", truncation_percentage, 1, 99)
        super().__init__(
            self.POLICY_NAME, evaluation_interval, delay_evaluation, truncation_percentage=int(truncation_percentage)
        )

    @property
    def truncation_percentage(self) -> int:
        """The share of runs that each interval cancels."""
        return int(self._properties["truncation_percentage"])


class NoTerminationPolicy(EarlyTerminationPolicy):
    """Let every run go on to its end."""

    POLICY_NAME = "Default"

    def __init__(self) -> None:
        super().__init__(self.POLICY_NAME)


_POLICIES: dict[str, type[EarlyTerminationPolicy]] = {
    cls.POLICY_NAME.lower(): cls
    for cls in (BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy, NoTerminationPolicy)
}


def from_json(known: Any) -> EarlyTerminationPolicy:
    """The policy that ``to_json`` made the dictionary of.

    Raises
    ------
    HyperDriveConfigException : it is none that ``to_json`` makes.
    HyperDriveRehydrateException : it names a policy that nobody knows.
    """
    if not isinstance(known, dict) or "name" not in known:
        refuse(DictValidationInvalidArgument, method="EarlyTerminationPolicy")
    cls = _POLICIES.get(str(known["name"]).lower())
    if cls is None:
        raise HyperDriveRehydrateException(RehydratePolicyNotFound().message_format.format(policy=known["name"]))
    return cls(**(known.get("properties") or {}))
