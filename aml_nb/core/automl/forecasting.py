"""What is said about forecasting, which is not here."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.errors import NotAvailableError

HINT = "add lags and calendar columns to the data and use task='regression' with cv_splits_indices in the order of time"


def refuse() -> NoReturn:
    """Raise: there is no forecasting here."""
    raise NotAvailableError(
        "AutoML of aml_nb does not forecast time series: a regression on shuffled rows would promise too much.",
        hint=HINT,
    )


class ForecastingParameters:
    """v1's settings of forecasting.

    Raises
    ------
    NotAvailableError : always.
    """

    def __init__(self, time_column_name: str | None = None, forecast_horizon: Any = 1, **kwargs: Any) -> None:
        refuse()
