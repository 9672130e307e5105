"""The script itself: its syntax, its two functions, and what they raise."""

from __future__ import annotations

import ast

from aml_nb.core.diagnosis.facts import IMPORT, INIT, RUN, Facts, clean
from aml_nb.core.diagnosis.finding import Finding, again, mend, quoted, try_out

_WORDS = {
    "script-not-found": ("script-not-found", "give entry_script relative to InferenceConfig's source_directory"),
    "script-no-init": ("no-init", "add def init(): to the script; it loads the model, once a worker"),
    "script-no-run": ("no-run", "add def run(raw_data): to the script; it answers one request"),
    "script-signature": ("wrong-signature", "write def init(): and def run(raw_data):"),
}


def syntax(facts: Facts) -> Finding | None:
    """Python cannot read the script, or a file that it imports."""
    raised = facts.raised
    if raised is None or raised.kind not in ("SyntaxError", "IndentationError", "TabError"):
        return None
    if facts.stage not in (IMPORT, ""):
        return None
    magic = facts.line.startswith(("%", "!"))
    step = "leave magics and shell commands out of the script" if magic else "correct the line"
    return Finding(
        "syntax-error",
        f"Python stopped reading at this line: {clean(raised.message)}.",
        (mend(facts, step), again(facts)),
        facts.evidence(raised.kind),
    )


def functions(facts: Facts) -> Finding | None:
    """There is no script, no ``init`` or ``run``, or they take something else than they are given."""
    if facts.code not in _WORDS:
        return None
    cause, step = _WORDS[facts.code]
    return Finding(cause, clean(facts.message), (mend(facts, step), again(facts)), facts.evidence(facts.message))


def not_global(facts: Facts) -> Finding | None:
    """``init`` keeps what it loads in a variable of its own, because it does not say ``global``."""
    raised = facts.raised
    if raised is None or facts.stage != RUN:
        return None
    local = _kept_local(facts.script)
    if raised.kind == "NameError" and raised.message.startswith("name '"):
        name = raised.message.split("'")[1]
        if name not in local:
            return None
    elif raised.kind == "AttributeError" and raised.message.startswith("'NoneType' object has no attribute"):
        name = next((each for each in sorted(local) if each in facts.line), "")
        if not name:
            return None
    else:
        return None
    return Finding(
        "model-not-global",
        f"init() assigns {name}, which is gone when init() returns, because init() does not declare it global: "
        f"run() raised {quoted(raised)}",
        (f"write `global {name}` as the first line of init() in {facts.shown_script}", again(facts)),
        facts.evidence(raised.told),
    )


def _kept_local(script: ast.Module | None) -> set[str]:
    """The names that ``init`` assigns and keeps for itself."""
    if script is None:
        return set()
    init = next((node for node in script.body if isinstance(node, ast.FunctionDef) and node.name == "init"), None)
    if init is None:
        return set()
    inside = list(ast.walk(init))
    shared = {name for node in inside if isinstance(node, ast.Global) for name in node.names}
    stored = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored - shared


def raised_at_start(facts: Facts) -> Finding | None:
    """Whatever else was raised before the service could answer."""
    raised = facts.raised
    if raised is None or facts.stage not in (IMPORT, INIT) or facts.request is not None:
        return None
    cause, doing = ("init-raised", "init()") if facts.stage == INIT else ("import-raised", "Importing the script")
    why = f"{doing} raised {quoted(raised)}"
    if raised.kind == "SystemExit":
        why += " That asks for the end of the process, and a service has to go on."
    return Finding(cause, why, (mend(facts), try_out(facts), again(facts)), facts.evidence(raised.told, facts.message))


def raised_in_run(facts: Facts) -> Finding | None:
    """Whatever else ``run`` raised."""
    raised = facts.raised
    if raised is None or facts.stage != RUN:
        return None
    return Finding(
        "run-raised",
        f"On {_which(facts)} run() raised {quoted(raised)} Its caller read an error of status 500 without this "
        "reason, as on Azure.",
        (mend(facts), try_out(facts, "'the body that failed'"), again(facts)),
        facts.evidence(raised.told),
    )


def _which(facts: Facts) -> str:
    bad, all_of_them = facts.failing
    return "a request" if bad < 2 else f"the latest of {bad} requests that failed, of the last {all_of_them},"


def took_too_long(facts: Facts) -> Finding | None:
    """``init`` did not come back."""
    if not facts.message.startswith("init() did not return within") and facts.code != "start-timeout":
        return None
    return Finding(
        "init-timeout",
        f"{clean(facts.message)} Loading the model takes too long, waits for something, or init() has an endless loop.",
        (
            mend(facts, "have init() load what is in the service, and fetch nothing over the network"),
            try_out(facts),
            again(facts),
        ),
        facts.evidence("init function", "did not return"),
    )
