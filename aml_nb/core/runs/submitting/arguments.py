"""A script's arguments as text, and how many processes of it there are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.run_configuration.parts import positive
from aml_nb.core.runs.spec import Layout
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run_configuration import RunConfiguration

_PLAIN = (str, int, float, bool, os.PathLike)
_MOST = 64
"""Processes of one run on one machine."""


def are_plain(arguments: list[Any]) -> bool:
    """Whether the arguments are texts and numbers only, with no data among them."""
    return all(isinstance(value, _PLAIN) for value in arguments)


def as_text(value: Any) -> str:
    """One argument as the script gets it.

    Raises
    ------
    UserErrorException
        It is an object that has no text of its own.
    """
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    text = str(value)
    if text == object.__repr__(value):
        raise UserErrorException(
            f"The argument {text} is a {type(value).__name__}, which a script cannot be given.",
            hint="give text, numbers, dataset.as_named_input('name') or datastore.path('folder').as_mount()",
        )
    if "\0" in text:
        raise UserErrorException(f"The argument {text!r} holds a null character.", hint="leave it out")
    return text


def layout_of(config: RunConfiguration) -> Layout:
    """How many processes a run configuration asks for, and of which framework."""
    word = (config.communicator or "None").lower()
    nodes = positive(config.node_count or 1, "node_count")
    if word in ("mpi", "openmpi", "intelmpi", "horovod"):
        per_node = positive(config.mpi.process_count_per_node, "process_count_per_node")
        nodes = max(nodes, config.mpi.node_count or 1)
        return _checked(Layout("mpi", nodes, nodes * per_node, per_node))
    if word in ("nccl", "gloo"):
        count = config.pytorch.process_count or nodes
        positive(count, "process_count")
        return _checked(Layout("pytorch", nodes, count, max(1, -(-count // nodes))))
    if word in ("parameterserver", "collectiveallreduce"):
        workers = positive(config.tensorflow.worker_count, "worker_count")
        servers = config.tensorflow.parameter_server_count or 0
        return _checked(Layout("tensorflow", nodes, workers + servers, 1, servers))
    if word == "paralleltask":
        tasks = config.paralleltask
        per_node = positive(tasks.worker_count_per_node, "worker_count_per_node")
        again, terminal = int(tasks.max_retries_per_worker or 0), list(tasks.terminal_exit_codes or [])
        return _checked(Layout("tasks", nodes, nodes * per_node, per_node, retries=again, terminal=terminal))
    return Layout("none", nodes)


def _checked(layout: Layout) -> Layout:
    if layout.processes > _MOST:
        raise UserErrorException(
            f"The run asks for {layout.processes} processes; this machine starts at most {_MOST} for one run.",
            hint="ask for fewer nodes or processes",
        )
    return layout
