"""Versions of training and serving that do not fit, and what else goes wrong when a model is unpickled."""

from __future__ import annotations

import re
import sys

from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.diagnosis.finding import Finding, again, again_with_environment, mend, quoted
from aml_nb.core.diagnosis.rules.modules import missing_in
from aml_nb.core.diagnosis.tracebacks import Raised
from aml_nb.scoring.package_names import package_of

_WARNED = re.compile(r"unpickle estimator (\w+) from version (\S+) when using version (\S+?)\.? ")
_ATTRIBUTE = re.compile(r"Can't get attribute '([\w.]+)' on <module '([\w.]+)'(?: from '([^']+)')?")
_OLD_ATTRIBUTE = re.compile(r"module '?(__main__|__mp_main__|entry_module)'? has no attribute '(\w+)'")
_LOADERS = ("pickle", "joblib", "torch/serialization", "dill")
_LIBRARIES = (
    "sklearn", "numpy", "pandas", "scipy", "xgboost", "lightgbm", "catboost", "keras", "tensorflow", "torch", "joblib"
)  # fmt: skip
_DATA = frozenset(
    "NoneType DataFrame Series Index ndarray list tuple dict set str bytes int float bool generator".split()
)
"""What a request may have brought; an attribute that such a thing lacks tells nothing of versions."""
_GONE_FROM_PANDAS = ("append", "iteritems", "ix", "as_matrix", "get_value", "lookup", "mad")
_NO_MORE = frozenset({"asynchat", "asyncore", "cgi", "distutils", "imp", "parser", "smtpd", "telnetlib"})
_OURS = ("__main__", "__mp_main__", "entry_module", "aml_nb", "gunicorn")
_SIGNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"unsupported pickle protocol: (\d+)"), "The model was saved by a newer Python than the service's"),
    (re.compile(r"from the pickle has an incompatible dtype"), "sklearn: The trees of the model have another layout"),
    (re.compile(r"Buffer dtype mismatch"), "The numbers of the model have another layout"),
    (re.compile(r"numpy\.(?:dtype|ufunc|ndarray) size changed"), "numpy: A package was built for another NumPy"),
    (re.compile(r"compiled using NumPy 1\.x cannot be run"), "numpy: A package was built for NumPy 1"),
    (re.compile(r"numpy\.core\.multiarray failed to import|_ARRAY_API not found"), "numpy: A package was built for "
     "another NumPy"),
    (re.compile(r"is not a known BitGenerator"), "numpy: The model's random state is of another NumPy"),
    (re.compile(r"module 'numpy' has no attribute '(?:float|int|bool|object|str|complex|typeDict)'"),
     "numpy: A package, or the script, was written for NumPy before 1.24"),
    (re.compile(r"\bcode\(\) argument \d+ must be|code expected at (?:least|most) \d+ arguments|bad marshal data"),
     "A function in the model was saved by another Python"),
    (re.compile(r"Unrecognized keyword arguments?|Unknown layer:|Could not (?:locate|interpret) class|"
                r"could not be deserialized properly"), "keras: The model was saved by another Keras"),
    (re.compile(r"Unsupported model IR version|[Oo]pset \d+ is (?:not supported|under development)"),
     "onnxruntime: The model was exported for a newer ONNX Runtime"),
)  # fmt: skip
_MISFITS = ("AttributeError", "TypeError", "ValueError", "KeyError", "ImportError", "ModuleNotFoundError")


def custom_class(facts: Facts) -> Finding | None:
    """The pickle refers to a class or function of the notebook's, by the name ``__main__``."""
    for link in facts.raised.chain() if facts.raised is not None else ():
        match, older = _ATTRIBUTE.search(link.message), _OLD_ATTRIBUTE.search(link.message)
        name, module = (match[1], match[2]) if match else (older[2], older[1]) if older else ("", "")
        if not name or not (module.startswith(_OURS) or module.endswith(".__main__")):  # python -m PACKAGE
            continue
        why = (
            f"{name} was defined in the notebook or script that saved the model, so its pickle looks for it in "
            f"{module}. The service is another program and has no {name} there."
        )
        steps = (
            f"put {name} into a file of its own beside the script, say my_{name.lower()}.py; import it where the model "
            "is trained, train and register again",
            "have it in the service: InferenceConfig(source_directory=..., entry_script=...)",
            again(facts),
        )
        return Finding("custom-class", why, steps, facts.evidence(name))
    return None


def conflict(facts: Facts) -> Finding | None:
    """Something says that the library that saved the model is not the one that loads it."""
    raised = facts.raised
    if raised is None:
        return None
    sign = _sign(facts) or _attribute(facts) or _submodule(facts)
    return None if sign is None else _conflict(facts, raised, sign)


def warned(facts: Facts) -> Finding | None:
    """Nothing else explains what a library raised, and scikit-learn warned when the model was loaded."""
    raised = facts.raised
    if raised is None or raised.kind not in _MISFITS or not _library(facts) or facts.logged(_WARNED.pattern) is None:
        return None
    return _conflict(facts, raised, "sklearn: scikit-learn itself warned that it may come to this")


def _conflict(facts: Facts, raised: Raised, sign: str) -> Finding:
    warned = facts.logged(_WARNED.pattern)
    library, _, said = sign.rpartition(": ")
    saved = ""
    if warned is not None:
        library = library or "sklearn"
        saved = f" The log has it: {warned[1]} was saved by version {warned[2]} and is loaded by {warned[3]}."
    if not library:
        step = "give the service the Python and the versions of the training: pip freeze there, conda_dependencies here"
    else:
        version = warned[2] if warned is not None and library == "sklearn" else "VERSION"
        step = f"the version of the training for the service: {_pinned(facts, library, version)}"
    return Finding(
        "version-conflict",
        f"{said}.{saved} Python said: {quoted(raised)}",
        (step, _or(raised, facts), again_with_environment(facts)),
        facts.evidence(_WARNED, raised.told),
    )


def _pinned(facts: Facts, library: str, version: str) -> str:
    """Where the version of a library is written: in the environment, or with the model that is all a service has."""
    if facts.framework is not None and library == "sklearn":
        return f"Model.register(..., model_framework='{facts.framework}', model_framework_version='{version}')"
    return f"add_pip_package('{package_of(library)}=={version}')"


def _or(raised: Raised, facts: Facts) -> str:
    """What else helps."""
    alias = re.search(r"module 'numpy' has no attribute '(\w+)'", raised.message)
    if alias is not None:
        return mend(facts, f"or write {alias[1]} in place of np.{alias[1]}, if the line is yours")
    return "or train and register the model again with the versions of the service"


def _sign(facts: Facts) -> str | None:
    for link in facts.raised.chain() if facts.raised is not None else ():
        for pattern, said in _SIGNS:
            if pattern.search(link.message):
                return said
    return None


def _attribute(facts: Facts) -> str | None:
    """An object that was unpickled, or a module of a library, lacks what the version in use has."""
    raised = facts.raised
    if raised is None or raised.kind != "AttributeError":
        return None
    match = _ATTRIBUTE.search(raised.message)
    if match is not None and match[2].partition(".")[0] in _LIBRARIES:
        return (
            f"{match[2].partition('.')[0]}: The model needs {match[1]} of {match[2]}, which this version does not have"
        )
    lacking = re.search(r"'(?:numpy\.)?(\w+)' object has no attribute '(\w+)'", raised.message)
    if lacking is None:
        return None
    if lacking[1] in ("DataFrame", "Series") and lacking[2] in _GONE_FROM_PANDAS:
        return f"pandas: A {lacking[1]} had {lacking[2]} before pandas 2, for which the script was written"
    library = _library(facts)
    if not library or lacking[1] in _DATA:
        return None
    return f"{library}: A {lacking[1]} of this version has the attribute {lacking[2]}, and the one of the model has not"


def _submodule(facts: Facts) -> str | None:
    """A part of a library that is there is missing."""
    module = missing_in(facts.raised)
    if module is not None and module.partition(".")[0] in _NO_MORE | sys.stdlib_module_names:
        return f"{module} was a part of Python's own library, and the service's Python has it no more"
    if module is None or "." not in module or module.partition(".")[0] not in _LIBRARIES:
        return None
    top = module.partition(".")[0]
    loading = "The model" if facts.raised is not None and facts.raised.passed(*_LOADERS) else "The script"
    newer = " (NumPy 2 has it, NumPy 1 has not)" if module.startswith("numpy._core") else ""
    return f"{top}: {loading} needs {module}, which another version of {package_of(top)} has{newer}"


def _library(facts: Facts) -> str:
    """The library whose code raised; empty where the script's own did."""
    frames = facts.raised.frames if facts.raised is not None else ()
    if not frames:
        return ""
    return next((name for name in _LIBRARIES if f"-packages/{name}/" in frames[-1][0]), "")


def on_gpu(facts: Facts) -> Finding | None:
    """PyTorch wants the device that the model was saved on."""
    raised = facts.raised
    if raised is None or "deserialize object on a CUDA device" not in raised.message:
        return None
    return Finding(
        "gpu-model",
        "The tensors of the model's file belong to a GPU, and the service has none.",
        (mend(facts, "load it with torch.load(path, map_location='cpu')"), again(facts)),
        facts.evidence("CUDA device"),
    )
