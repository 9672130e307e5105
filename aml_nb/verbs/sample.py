"""Try an entry script in a process of its own: ``init()``, then ``run()`` on one body."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.scratch import Scratch
from aml_nb.display.answers import Answer
from aml_nb.errors import AmlError, Source, WebserviceException
from aml_nb.verbs.bodies import body_bytes
from aml_nb.verbs.known import find_model

if TYPE_CHECKING:
    from aml_nb.verbs.context import Context

TIMEOUT_SECONDS = 600


def run_sample(context: Context, path: Path, sample: Any, models: list[str], unwritten: str | None) -> Answer:
    """Run the script on the sample with the models it names; what it answers, prints and how long it took.

    ``unwritten`` is the text of a script that is not, or not so, in the file.
    """
    body = body_bytes(sample)
    with Scratch("sample") as folder:
        model_dir = _lay_out(context, models, Path(folder))
        entry = path.resolve()
        if unwritten is not None:
            entry = Path(folder) / path.name
            entry.write_text(unwritten, encoding="utf-8")
        return _one_shot(entry, str(path), model_dir, folder, body)


def _lay_out(context: Context, models: list[str], root: Path) -> Path:
    """Put the models where a service has them; one model has AZUREML_MODEL_DIR to itself."""
    folder = root / "azureml-models"
    folder.mkdir()
    found = [find_model(context.workspace, name) for name in models]
    for model in found:
        target = folder / model.name / str(model.version)
        target.mkdir(parents=True)
        model.download(target_dir=str(target), exist_ok=True)
    if len(found) == 1:
        folder = folder / str(found[0].name) / str(found[0].version)
    return folder


def _one_shot(entry: Path, shown: str, model_dir: Path, root: str, body: bytes) -> Answer:
    beside = str(Path(shown).resolve().parent)
    command = [sys.executable, "-m", "aml_nb.scoring.oneshot", "--entry", str(entry), "--model-dir", str(model_dir)]
    environment = {**os.environ, "AML_APP_ROOT": root, "AZUREML_MODEL_DIR": str(model_dir)}
    package = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, beside, environment.get("PYTHONPATH")]))
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, input=body, capture_output=True, env=environment, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise WebserviceException(
            f"{shown} did not answer the sample within {TIMEOUT_SECONDS} s", hint="a smaller sample"
        ) from None
    seconds = time.perf_counter() - started
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        tail = (done.stderr or done.stdout).decode(errors="replace").strip()[-2000:]
        raise AmlError(
            f"the scratch process of {shown} ended with {done.returncode}:\n{tail}", hint=f"mend {shown}"
        ) from None
    return _answer(result, shown, seconds)


def _answer(result: dict[str, Any], shown: str, seconds: float) -> Answer:
    printed = str(result.get("stdout") or "")
    error = result.get("error")
    if error:
        raise _failure(error, shown, printed)
    text = str(result.get("body") or "")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    ms = float(result.get("ms") or seconds * 1000)
    return Answer(value, ms, int(result.get("status") or 200), f"{shown}; {seconds:.1f} s with its start", printed)


def _failure(error: Any, shown: str, printed: str) -> WebserviceException:
    details = error if isinstance(error, dict) else {"message": str(error)}
    message = f"the sample failed: {details.get('message')}"
    if printed.strip():
        message += f"\nprinted:\n{printed.rstrip()}"
    return WebserviceException(message, source=Source.told(details), hint=f"mend {shown} and run the cell again")
