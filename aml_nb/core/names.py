"""v1's rules for names, in one place; light, for scripts inside a service import it too."""

from __future__ import annotations

import keyword
import re
from typing import NamedTuple

from aml_nb.errors import AzureMLException, ComputeTargetException, UserErrorException, WebserviceException


class Rule(NamedTuple):
    """What a name must match, the error otherwise, and what that says."""

    pattern: str
    error: type[AzureMLException]
    message: str


RULES = {
    "webservice": Rule(
        r"[a-z]([-a-z0-9]*[a-z0-9])?",
        WebserviceException,
        "Error, provided service name is invalid: {name!r}. A service name has 3 to 32 lower case letters, "
        "digits and dashes, begins with a letter and ends with a letter or a digit.",
    ),
    "image": Rule(
        r"[a-z0-9]([-\.a-z0-9]*[a-z0-9])?",
        WebserviceException,
        "Error, provided image name is invalid: {name!r}. An image name has 3 to 32 lower case letters, digits, "
        "dashes and dots, and begins and ends with a letter or a digit.",
    ),
    "model": Rule(
        r"[a-zA-Z0-9][a-zA-Z0-9\-\._]{0,254}",
        WebserviceException,
        "Error, provided model name is invalid: {name!r}. A model name has 1 to 255 letters, digits, dashes, dots "
        "and underscores, and begins with a letter or a digit.",
    ),
    "profile": Rule(
        r"[a-zA-Z0-9][a-zA-Z0-9\-\._]{0,254}",
        WebserviceException,
        "Error, provided profile name is invalid: {name!r}. A profile name has 1 to 255 letters, digits, dashes, dots "
        "and underscores, and begins with a letter or a digit.",
    ),
    "workspace": Rule(
        r"[a-zA-Z0-9][\w\-]{2,32}",
        UserErrorException,
        "Workspace name must be between 3 and 33 characters long. Its first character has to be alphanumeric, and "
        "the rest may contain hyphens and underscores: {name!r} is not such a name.",
    ),
    "experiment": Rule(
        r"[a-zA-Z0-9][\w\-]{0,254}",
        UserErrorException,
        "Experiment name must be between 1 and 255 characters long. Its first character has to be alphanumeric, "
        "and the rest may contain hyphens and underscores: {name!r} is not such a name.",
    ),
    "namespace": Rule(
        r"[a-z0-9]([a-z0-9-]{,61}[a-z0-9])?",
        WebserviceException,
        "Error, provided namespace is invalid: {name!r}. A namespace has 1 to 63 lower case letters, digits and "
        "dashes, and begins and ends with a letter or a digit.",
    ),
    "version": Rule(
        r"[a-z0-9]([-_a-z0-9]*[a-z0-9])?",
        WebserviceException,
        "Error, provided version name is invalid: {name!r}. The name of an endpoint's version has 1 to 32 lower case "
        "letters, digits, dashes and underscores, and begins and ends with a letter or a digit.",
    ),
    "compute": Rule(
        r"[a-zA-Z0-9][\w\-\.]{0,62}",
        ComputeTargetException,
        "Compute name {name!r} is invalid: 1 to 63 letters, digits, dashes, dots and underscores, the first of "
        "them a letter or a digit.",
    ),
    "cluster": Rule(
        r"[a-zA-Z]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])",
        ComputeTargetException,
        "Compute name {name!r} is invalid: a cluster has 2 to 32 letters, digits and dashes, begins with a letter and "
        "ends with a letter or a digit.",
    ),
    "instance": Rule(
        r"[a-zA-Z][a-zA-Z0-9-]{2,23}",
        ComputeTargetException,
        "Compute name {name!r} is invalid: a compute instance has 3 to 24 letters, digits and dashes, and begins with "
        "a letter.",
    ),
    "datastore": Rule(
        r"[a-zA-Z0-9_]{1,255}",
        UserErrorException,
        "Datastore name {name!r} is invalid: it may only have letters, digits and underscores.",
    ),
    "secret": Rule(
        r"[0-9a-zA-Z-]{1,127}",
        UserErrorException,
        "Secret name {name!r} is invalid: it has 1 to 127 letters, digits and dashes.",
    ),
}
_SHORTEST = {"webservice": 3, "image": 3}
_LONGEST = {"webservice": 32, "image": 32, "version": 32, "cluster": 32, "instance": 24}
RESERVED_COMPUTE = frozenset({"amlcompute", "local", "containerinstance"})


def check(kind: str, name: object) -> str:
    """Return ``name`` when it is a good name for a ``kind``, else raise v1's error for it."""
    rule = RULES[kind]
    good = (
        isinstance(name, str)
        and re.fullmatch(rule.pattern, name, re.ASCII) is not None
        and _SHORTEST.get(kind, 0) <= len(name) <= _LONGEST.get(kind, 255)
    )
    if not good:
        raise rule.error(rule.message.format(name=name), hint=_suggest(kind, name))
    if kind in ("compute", "cluster", "instance") and str(name).lower() in RESERVED_COMPUTE:
        raise UserErrorException(
            f"Please specify a different target name. {name} is a reserved name.",
            hint="choose another name for the compute target",
        )
    return str(name)


def check_entry_script(name: str) -> str:
    """Return the entry script's file name when Python can import it, else raise v1's error."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, suffix = base.rpartition(".")
    if dot and suffix == "py" and stem.isidentifier() and not keyword.iskeyword(stem):
        return name
    mended = re.sub(r"\W", "_", stem or base) or "score"
    raise WebserviceException(
        f"Invalid entry script name {base!r}: it must end in .py, and what stands before that must be a Python "
        "identifier and no keyword.",
        hint=f"rename it, for example to {mended}.py",
    )


def _suggest(kind: str, name: object) -> str | None:
    """A good name that looks like the bad one, if there is one."""
    if not isinstance(name, str) or not name:
        return None
    lower = kind in ("webservice", "image", "namespace")
    allowed = {"workspace": "[^a-zA-Z0-9_-]", "experiment": "[^a-zA-Z0-9_-]", "datastore": "[^a-zA-Z0-9_]"}
    joint = "_" if kind == "datastore" else "-"
    guess = re.sub(allowed.get(kind, "[^a-zA-Z0-9-]"), joint, name.lower() if lower else name)
    guess = guess.strip("-_")[: _LONGEST.get(kind, 33)].strip("-_")
    if kind == "webservice":
        guess = guess.lstrip("0123456789-")
    rule = RULES[kind]
    if guess != name and re.fullmatch(rule.pattern, guess, re.ASCII) and len(guess) >= _SHORTEST.get(kind, 1):
        return f"for example {guess!r}"
    return None
