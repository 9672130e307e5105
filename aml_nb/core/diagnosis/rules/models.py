"""The model's path and file, and other files that the script reads."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches

from aml_nb.core.diagnosis.facts import RUN, Facts, clean, shown
from aml_nb.core.diagnosis.finding import Finding, again, mend
from aml_nb.core.diagnosis.places import script_path
from aml_nb.core.diagnosis.tracebacks import Raised

_PATH = re.compile(r"(?:No such file or directory|Is a directory|Not a directory|does not exist(?: at)?|not found)"
                   r"[^'\"]*['\"]([^'\"]+)['\"]|['\"]([^'\"]+)['\"] (?:does not exist|not found|is not a)|"
                   r"file (?:does not exist at: |at )(\S+)|open file \(unable to open file: name = '([^']+)'|"
                   r"Load model from (\S+) failed")  # fmt: skip
_NO_MODEL = ("ModelNotFoundException", "ModelVersionNotFoundException")
_MISSING = (
    "FileNotFoundError", "IsADirectoryError", "NotADirectoryError", "OSError", "NoSuchFile", *_NO_MODEL,
    "XGBoostError", "LightGBMError",
)  # fmt: skip
_MAYBE = ("ValueError", "RuntimeError")
"""What libraries raise where a file is not there, and scripts for anything."""
_NO_PATH = re.compile(
    r"expected str, bytes or os\.PathLike object, not NoneType|join\(\) argument must be str.*NoneType"
)
_MODEL_WORDS = ("AZUREML_MODEL_DIR", "get_model_path", "azureml-models", "azureml-app")
_UNREADABLE = re.compile(
    r"invalid load key|Ran out of input|pickle data was truncated|could not find MARK|file signature not found|"
    r"not a zip file|PytorchStreamReader failed|Invalid magic number|No data left in file|INVALID_PROTOBUF|"
    r"Protobuf parsing failed|BadZipFile"
)
_MOST = 12


def model_path(facts: Facts) -> Finding | None:
    """The path of the model is wrong."""
    raised = facts.raised
    if raised is None or not _is_about_model(raised, facts):
        return None
    wanted = _wanted(raised)
    lying = model_files(facts)
    why = f"The script raised {clean(_first_line(raised)).rstrip('.:')}. {_there(lying, facts)}"
    return Finding("model-path", why, (*_advice(raised, wanted, lying, facts), again(facts)),
                   facts.evidence(_first_line(raised)))  # fmt: skip


def _is_about_model(raised: Raised, facts: Facts) -> bool:
    if raised.kind in _NO_MODEL or "must hold exactly one file or folder, the model" in raised.message:
        return True
    if raised.kind == "KeyError" and "MODEL_DIR" in raised.message:
        return True
    if raised.kind == "TypeError" and _NO_PATH.search(raised.message):
        return "environ" in facts.line or "getenv" in facts.line or "model" in facts.line.lower()
    wanted = _wanted(raised)
    if raised.kind not in (_MISSING if facts.stage == RUN else _MISSING + _MAYBE) or wanted is None:
        return False
    return any(word in text for word in _MODEL_WORDS for text in (wanted, facts.line)) or _named_like(wanted, facts)


def _named_like(path: str, facts: Facts) -> bool:
    """Whether a registered file, or model, has the name of the file that is looked for."""
    names = {os.path.basename(each) for each in model_files(facts)} | {model.name for model in facts.models}
    return os.path.basename(path.rstrip("/")) in names


def _wanted(raised: Raised) -> str | None:
    match = _PATH.search(raised.message)
    return None if match is None else next(group for group in match.groups() if group)


def model_files(facts: Facts) -> tuple[str, ...]:
    """The files of the models, relative to AZUREML_MODEL_DIR."""
    alone = len(facts.models) == 1
    return tuple(
        path if alone else f"{model.name}/{model.version}/{path}" for model in facts.models for path in model.files
    )


def _there(lying: tuple[str, ...], facts: Facts) -> str:
    if not facts.models:
        return "The service was deployed without a model (models=[]), so there is none in it."
    told = ", ".join(lying[:_MOST]) + (f" and {len(lying) - _MOST} more" if len(lying) > _MOST else "")
    several = len(facts.models) > 1
    where = "the folder of all models, NAME/VERSION/… in it" if several else "the folder of the model, its version's"
    return f"AZUREML_MODEL_DIR is {where}; it holds: {told or 'nothing'}."


def _advice(raised: Raised, wanted: str | None, lying: tuple[str, ...], facts: Facts) -> tuple[str, ...]:
    if not facts.models:
        return (
            f"give it the model: %service update {facts.name} --model NAME, or Model.deploy(ws, name, [model], ...)",
        )
    if raised.kind in _NO_MODEL:
        names = [model.name for model in facts.models]
        asked = (re.match(r"Model (\S+)", raised.message) or ["", ""])[1]
        near = (get_close_matches(asked, names, 1, 0.3) or names)[0]
        return (mend(facts, f"the name it was registered under: Model.get_model_path({near!r})"),)
    best = _best(wanted, lying)
    if best is None:
        return (mend(facts, "take the path of a file that is there"),)
    parts = ", ".join(repr(part) for part in best.split("/"))
    return (mend(facts, f"the path is os.path.join(os.environ['AZUREML_MODEL_DIR'], {parts})"),)


def _best(wanted: str | None, lying: tuple[str, ...]) -> str | None:
    """The file that was meant, as far as its name tells."""
    if len(lying) == 1:
        return lying[0]
    name = os.path.basename((wanted or "").rstrip("/"))
    same = [path for path in lying if os.path.basename(path) == name]
    if same:
        return same[0]
    near = get_close_matches(name, [os.path.basename(path) for path in lying], 1, 0.6)
    return next((path for path in lying if near and os.path.basename(path) == near[0]), None)


def model_file(facts: Facts) -> Finding | None:
    """The file is there and is something else."""
    raised = facts.raised
    if raised is None or not _UNREADABLE.search(raised.told):
        return None
    pointer = "invalid load key, 'v'" in raised.message
    more = " It begins like a pointer of git LFS: `git lfs pull` fetches the file itself." if pointer else ""
    empty = " The file is empty or was cut off." if re.search("out of input|truncated", raised.message) else ""
    return Finding(
        "model-file",
        f"The file cannot be read as the script reads it: {clean(_first_line(raised)).rstrip('.:')}.{more}{empty}",
        (
            mend(facts, "load it with what has saved it: joblib.load for joblib.dump, pickle.load for pickle.dump"),
            "or register a file that is whole: Model.register(...), then "
            f"%service update {facts.name} --model NAME --script {facts.shown_script}",
        ),
        facts.evidence(_first_line(raised)),
    )


def other_file(facts: Facts) -> Finding | None:
    """The script reads a file that did not come along."""
    raised = facts.raised
    wanted = _wanted(raised) if raised is not None and raised.kind == "FileNotFoundError" else None
    if raised is None or wanted is None:
        return None
    folder = facts.spec.source_directory
    name = os.path.basename(wanted)
    script = os.path.dirname(os.path.abspath(script_path(facts.spec)))
    beside = os.path.join(script, wanted)
    if folder is not None and os.path.exists(beside):
        step = f"name it by the script's own place: os.path.join(os.path.dirname(__file__), {wanted!r})"
        why = "It is in the source_directory, and the service runs in the folder above."
    elif os.path.exists(beside) or os.path.exists(wanted):
        step = f"put {shown(beside)} into a source_directory with the script, or register it as a model"
        why = "It is on this machine, yet not in the service, which has only what was deployed."
    else:
        step = f"have {name} in the source_directory, or register it as a model"
        why = "The service has only what was deployed: the script, its source_directory and the models."
    doing = "run()" if facts.stage == RUN else "The script"
    return Finding(
        "missing-file", f"{doing} looks for {clean(wanted)}. {why}", (mend(facts, step), again(facts)),
        facts.evidence(_first_line(raised)),
    )  # fmt: skip


def _first_line(raised: Raised) -> str:
    return raised.told.splitlines()[0]
