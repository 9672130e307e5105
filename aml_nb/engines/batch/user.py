"""What an entry script may ask of its job: v1's ``azureml_user.parallel_run`` and the context of a mini-batch."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

_LOGGER = "azureml_user.parallel_run"


class Context:
    """What ``run(mini_batch, mini_batch_context)`` gets besides the mini-batch."""

    def __init__(self, number: int, keys: dict[str, Any] | None, dataset: str) -> None:
        self.mini_batch_id = self.minibatch_index = number
        self.partition_key_value = keys or {}
        self.dataset_name = dataset

    @property
    def dataset(self) -> Any:
        """The whole input that the mini-batch is of."""
        from importlib import import_module

        return import_module("azureml.core").Run.get_context().input_datasets[self.dataset_name]


class EntryScript:
    """The surroundings of the entry script.

    Attributes
    ----------
    logger : writes to the log of this worker among the job's logs.
    working_dir, output_dir, log_dir : folders.
    """

    _settings: dict[str, Any] = {}

    @property
    def logger(self) -> Any:
        """A ``logging.Logger`` of this worker's own."""
        import logging

        logger = logging.getLogger(_LOGGER)
        if not logger.handlers:
            path = self._settings["script_log"]
            os.makedirs(os.path.dirname(path), exist_ok=True)
            handler = logging.FileHandler(path, encoding="utf-8", delay=True)
            handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
            logger.addHandler(handler)
            logger.setLevel(self._settings["logging_level"])
            logger.propagate = False
        return logger

    @property
    def working_dir(self) -> str:
        """The folder that the script is in."""
        return str(self._settings["source_directory"])

    @property
    def output_dir(self) -> str:
        """Where the script may write files of its own."""
        path = str(self._settings["output_folder"])
        os.makedirs(path, exist_ok=True)
        return path

    @property
    def log_dir(self) -> str:
        """The folder of this worker's logs."""
        return os.path.dirname(str(self._settings["script_log"]))


def install(settings: dict[str, Any]) -> None:
    """Make ``from azureml_user.parallel_run import EntryScript`` work in this process."""
    EntryScript._settings = settings
    logging = sys.modules.get("logging")
    if logging is not None:  # a worker that was forked has a log of its own
        logging.getLogger(_LOGGER).handlers.clear()
    package, module = ModuleType("azureml_user"), ModuleType("azureml_user.parallel_run")
    package.__path__ = []
    package.parallel_run = module  # type: ignore[attr-defined]
    module.EntryScript = EntryScript  # type: ignore[attr-defined]
    sys.modules.setdefault(package.__name__, package)
    sys.modules.setdefault(module.__name__, module)
