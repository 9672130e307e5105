"""Logging metrics to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import metrics, values

if TYPE_CHECKING:
    from aml_nb.core.runs.metrics import Journal


class Recording:
    """The ``log`` methods of Run; none of them needs the database."""

    if TYPE_CHECKING:

        @property
        def _journal(self) -> Journal: ...

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Log a value; logged again under the same name, the values make a list.

        Parameters
        ----------
        name : of the metric.
        value : a number, a text or a bool; a NumPy scalar or a Decimal is taken for its number.
        description : taken and not kept, as in v1.
        step : where along the x axis the value belongs.

        Raises
        ------
        UserErrorException : the value is a list, an array, a generator…
        StoreError : the disk is full; nothing was logged.
        """
        values.check_name(name)
        plain = value if type(value) in (float, str, bool) else values.scalar(name, value)
        self._journal.append(name, metrics.SCALAR, plain, values.check_step(step))

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log several values at once, of any number.

        Parameters
        ----------
        name : of the metric.
        value : the values.
        description : taken and not kept.
        """
        values.check_name(name)
        self._journal.append(name, metrics.LIST, values.listed(name, value))

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Log one row of a table, a keyword a column; called repeatedly, the rows make the table.

        Parameters
        ----------
        name : of the metric.
        description : taken and not kept.
        kwargs : the columns' names and values.
        """
        values.check_name(name)
        self._journal.append(name, metrics.ROW, values.row(name, kwargs))

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Log a table.

        Parameters
        ----------
        name : of the metric.
        value : a dictionary of columns, each a value or a list of values.
        description : taken and not kept.
        """
        values.check_name(name)
        self._journal.append(name, metrics.TABLE, values.table(name, value))

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Log a confusion matrix: a file of the run, to which the metric points.

        Parameters
        ----------
        name : of the metric, and of the file.
        value : a dictionary or its JSON, with ``schema_type`` ``confusion_matrix``, ``schema_version`` and ``data``
            (``class_labels``, ``matrix``).
        description : taken and not kept.
        """
        self._log_document(name, metrics.CONFUSION_MATRIX, value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Log an accuracy table: what precision-recall, ROC, lift and gain curves are drawn from.

        Parameters
        ----------
        name : of the metric, and of the file.
        value : a dictionary or its JSON, with ``schema_type`` ``accuracy_table``, ``schema_version`` and ``data``.
        description : taken and not kept.
        """
        self._log_document(name, metrics.ACCURACY_TABLE, value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Log the residuals of a regression as a histogram.

        Parameters
        ----------
        name : of the metric, and of the file.
        value : a dictionary or its JSON, with ``schema_type`` ``residuals``, ``schema_version`` and ``data``.
        description : taken and not kept.
        """
        self._log_document(name, metrics.RESIDUALS, value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Log the predictions of a regression against the true values.

        Parameters
        ----------
        name : of the metric, and of the file.
        value : a dictionary or its JSON, with ``schema_type`` ``predictions``, ``schema_version`` and ``data``.
        description : taken and not kept.
        """
        self._log_document(name, metrics.PREDICTIONS, value)

    def log_image(self, name: str, path: str | None = None, plot: Any = None, description: str = "") -> None:
        """Log an image: a file of the run, to which the metric points.

        Parameters
        ----------
        name : of the metric; the file has the time behind it.
        path : of an image file; or
        plot : ``matplotlib.pyplot``, or a figure of matplotlib.
        description : taken and not kept.

        Raises
        ------
        UserErrorException : neither or both are given, or there is no such file.
        """
        from aml_nb.core.runs.pictures import log_image

        log_image(self, values.check_name(name), path, plot)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Wait until what was logged is written; here it is when ``log`` returns."""

    def _log_document(self, name: str, kind: str, value: Any) -> None:
        from aml_nb.core.runs.pictures import log_document

        log_document(self, values.check_name(name), kind, value)
