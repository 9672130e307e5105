"""Registering what a run made as a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.errors import ModelPathNotFoundException, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run

_SHOWN = 50


def register(run: Run, model_name: str, model_path: str | None, **facts: Any) -> Any:
    """As ``Run.register_model`` says; ``facts`` are those of ``Model.register``."""
    from aml_nb.core.model.register import register_files

    if not model_name:
        raise UserErrorException("A model needs a name.", hint="run.register_model('iris', 'outputs/model.pkl')")
    wait(run)
    path = (model_path if model_path is not None else model_name).replace("\\", "/").strip("/").removeprefix("./")
    found = run._files.below(path)
    if not found:
        raise _not_found(run, path)
    return register_files(
        run._workspace,
        model_name,
        lambda: run._files.digests(found, path),
        run_id=run.id,
        experiment_name=run.experiment.name,
        **facts,
    )


def wait(run: Run) -> None:
    """Wait for a submitted run that is still going; v1's service takes what is there, a moment too early."""
    record = run._look()
    if record.over or record.payload.get("interactive") or run._in_script:
        return
    print(f"The run {run.id} is still {record.status}: waiting for its end before its files are registered.")
    run.wait_for_completion(raise_on_error=False)


def _not_found(run: Run, path: str) -> ModelPathNotFoundException:
    names = run._files.names()
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    record = run._look()
    why = f" The run is {record.status}." if record.status in (states.FAILED, states.CANCELED) else ""
    base = path.rsplit("/", 1)[-1]
    near = next((name for name in names if name.rsplit("/", 1)[-1] == base), None)
    return ModelPathNotFoundException(
        f"Could not locate the provided model_path {path} in the set of files uploaded to the run: "
        f"{shown or 'it has none'}.{why}",
        hint=f"model_path={near!r}" if near else "write the model to the folder outputs in the training script",
    )
