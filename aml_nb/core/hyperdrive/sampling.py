"""v1's ways of choosing hyperparameters: a grid, at random, or by what earlier runs have taught."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aml_nb.core.hyperdrive import distributions
from aml_nb.core.hyperdrive.error_definition import DictValidationInvalidArgument, RehydrateUnknownSampling
from aml_nb.core.hyperdrive.exceptions import HyperDriveRehydrateException
from aml_nb.core.hyperdrive.parameter_expressions import plain
from aml_nb.core.hyperdrive.refusals import check_type, expects, refuse

__all__ = [
    "BayesianParameterSampling",
    "GridParameterSampling",
    "HyperParameterSampling",
    "RandomParameterSampling",
    "scrubbed_data",
]
scrubbed_data = "[Scrubbed]"
EVERY = tuple(distributions.ARGUMENTS)
RULES = ("random", "sobol")


class HyperParameterSampling:
    """What all ways of sampling share: the space that they sample.

    Parameters
    ----------
    sampling_method_name : v1's name for it.
    parameter_space : each hyperparameter's name with its expression.
    properties : what the method takes besides, such as a ``seed``.
    supported_distributions : the expressions that it can draw from; None for all.
    distributions_validators : checks of one's own, by the expression's name, called with its arguments.

    Raises
    ------
    HyperDriveConfigException : an expression is none, or none that this method draws from.
    """

    def __init__(
        self,
        sampling_method_name: str,
        parameter_space: dict[str, Any],
        properties: dict[str, Any] | None = None,
        supported_distributions: Sequence[str] | None = None,
        distributions_validators: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        check_type("parameter_space", parameter_space, dict)
        check_type("properties", properties, (dict, type(None)), "dict")
        if not parameter_space:
            expects("parameter_space", "at least one hyperparameter", hint='{"--learning-rate": choice(0.01, 0.1)}')
        self._sampling_method_name = sampling_method_name
        self._supported_distributions = supported_distributions
        self._distributions_validators = distributions_validators
        self._parameter_space = {name: plain(expression) for name, expression in parameter_space.items()}
        self._properties = dict(properties or {})
        allowed = EVERY if supported_distributions is None else tuple(supported_distributions)
        for name, expression in self._parameter_space.items():
            self._check(name, expression, allowed)
        bare = [name.lstrip("-") for name in self._parameter_space]
        if twice := sorted({name for name in bare if bare.count(name) > 1}):
            expects("parameter_space", f"each hyperparameter once, got {twice[0]!r} with and without dashes")

    def _check(self, name: object, expression: Any, allowed: tuple[str, ...]) -> None:
        check_type("a hyperparameter's name", name, str)
        assert isinstance(name, str)
        if not name.strip("-"):
            expects("parameter_space", "names of hyperparameters, such as '--learning-rate'")
        distributions.check(name, expression, allowed, self._sampling_method_name)
        validator = (self._distributions_validators or {}).get(expression[0])
        if validator is not None:
            validator(*expression[1])

    def to_json(self) -> dict[str, Any]:
        """The method as a dictionary that JSON can hold."""
        known: dict[str, Any] = {"name": self._sampling_method_name, "parameter_space": self._parameter_space}
        return known | ({"properties": self._properties} if self._properties else {})

    def __eq__(self, other: object) -> bool:
        """Whether the other samples the same space in the same way."""
        return isinstance(other, HyperParameterSampling) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._parameter_space})"


class GridParameterSampling(HyperParameterSampling):
    """Every combination of the values of ``choice`` expressions.

    Parameters
    ----------
    parameter_space : each hyperparameter's name with a ``choice``.
    properties : nothing here is read.
    """

    SAMPLING_NAME = "GRID"

    def __init__(self, parameter_space: dict[str, Any], properties: dict[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, ("choice",))


class RandomParameterSampling(HyperParameterSampling):
    """Values drawn at random from any expression.

    Parameters
    ----------
    parameter_space : each hyperparameter's name with its expression.
    properties : ``seed``, a whole number, makes the values repeatable; ``rule``, ``"random"`` or ``"sobol"``,
        chooses between independent draws and a Sobol sequence, which covers the space more evenly.
    """

    SAMPLING_NAME = "RANDOM"

    def __init__(self, parameter_space: dict[str, Any], properties: dict[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties)
        check_seed(self._properties)
        rule = self._properties.get("rule")
        if rule is not None and str(rule).lower() not in RULES:
            expects("rule", f"one of {', '.join(RULES)}, got {rule!r}", hint='properties={"rule": "sobol"}')


class BayesianParameterSampling(HyperParameterSampling):
    """Values chosen by what the runs before have reached; it needs the extra ``hyperdrive``.

    Parameters
    ----------
    parameter_space : each hyperparameter's name with a ``choice``, ``uniform`` or ``quniform``.
    properties : ``seed``, a whole number; the values are repeatable where one run follows the other.
    """

    SAMPLING_NAME = "BayesianOptimization"

    def __init__(self, parameter_space: dict[str, Any], properties: dict[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, ("choice", "uniform", "quniform"))
        check_seed(self._properties)


def check_seed(properties: Mapping[str, Any]) -> None:
    """Raise v1's error for a seed that is no whole number."""
    seed = properties.get("seed")
    if seed is not None:
        check_type("seed", seed, int)
        if seed < 0:
            expects("seed", f"a number of at least 0, got {seed}")


_METHODS: dict[str, Callable[..., HyperParameterSampling]] = {
    "grid": GridParameterSampling,
    "random": RandomParameterSampling,
    "bayesianoptimization": BayesianParameterSampling,
}


def from_json(known: Any) -> HyperParameterSampling:
    """The way of sampling that ``to_json`` made the dictionary of.

    Raises
    ------
    HyperDriveConfigException : it is none that ``to_json`` makes.
    HyperDriveRehydrateException : it names a method that nobody knows.
    """
    if not isinstance(known, dict) or not {"name", "parameter_space"} <= known.keys():
        refuse(DictValidationInvalidArgument, method="HyperParameterSampling")
    make = _METHODS.get(str(known["name"]).lower())
    if make is None:
        raise HyperDriveRehydrateException(RehydrateUnknownSampling().message_format)
    return make(known["parameter_space"], known.get("properties"))
