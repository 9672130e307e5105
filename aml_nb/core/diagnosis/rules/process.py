"""The process of the script: memory, crashes, exits, hanging, starting over and over."""

from __future__ import annotations

import re
from dataclasses import replace

from aml_nb.core.diagnosis.facts import Facts, clean
from aml_nb.core.diagnosis.finding import Finding, again, mend, quoted, restart

_MEMORY = re.compile(
    r"^(?:\w+\.)*_?(?:Array)?MemoryError|unable to allocate [\d.]+ [KMGT]iB|can't allocate memory|std::bad_alloc|"
    r"CUDA out of memory|cannot allocate memory",
    re.IGNORECASE,
)
_SIGNAL = re.compile(r"ended by (SIG\w+|signal \d+)")
_EXIT = re.compile(r"(?:process|container \S+) ended with exit code (-?\d+)")
_CRASHES = {
    "SIGSEGV": "read or wrote memory that is not its own, as code in C or C++ does that is broken or was built for "
    "another version",
    "SIGBUS": "read a file that has become shorter, or memory that is not there",
    "SIGABRT": "gave up by itself (abort), as C++ code does after an error that nobody catches",
    "SIGILL": "met an instruction that this processor does not have: a package was built for a newer one",
    "SIGFPE": "divided by zero in C code",
}
_FROM_OUTSIDE = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
_FLAPS = 4


def memory(facts: Facts) -> Finding | None:
    """Python said that there is no memory, or the kernel ended the process for it."""
    if facts.code == "out-of-memory" or (facts.raised is None and "(out of memory:" in facts.message):
        return Finding("out-of-memory", clean(facts.message), _more_memory(facts), facts.evidence("SIGKILL", "gone:"))
    raised = facts.raised
    if raised is not None and any(_MEMORY.search(link.told) for link in raised.chain()):
        gpu = "cuda" in raised.message.lower()
        why = f"{'The GPU' if gpu else 'Python'} had not enough memory: {quoted(raised)}"
        return Finding("out-of-memory", why, _more_memory(facts), facts.evidence(raised.told))
    if _signal(facts) == "SIGKILL" or _exit(facts) == 137:
        why = (
            "A process was ended by SIGKILL (exit code 137), which is how the kernel ends one when memory is used up. "
            f"Only somebody's kill -9 looks the same.{_needs(facts)}"
        )
        return Finding("out-of-memory", why, _more_memory(facts), facts.evidence("SIGKILL", "137"))
    return None


def _more_memory(facts: Facts) -> tuple[str, ...]:
    steps = ["load less: a smaller model, fewer workers, smaller batches in a request"]
    if facts.spec.kind == "AKS":
        steps.insert(0, f"ask for more: %service update {facts.name} --memory GB")
    elif facts.spec.kind == "ACI":
        steps.insert(0, f"ask for more: %deploy aci {facts.name} --memory GB --overwrite")
    else:
        steps.insert(0, "`free -h` shows how much memory this machine has left; end what needs it")
    return (*steps, f"%profile measures how much a service needs; then {restart(facts)}")


def _needs(facts: Facts) -> str:
    return "" if facts.local else f" The service asked for {facts.spec.memory_gb:g} GB."


def flapping(facts: Facts) -> Finding | None:
    """Workers die again and again; what each died of is told with it."""
    if len(facts.deaths) < _FLAPS or facts.raised is not None:
        return None
    inner = memory(facts) or crash(facts) or hung(facts) or exited(facts)
    kinds = list(dict.fromkeys(facts.deaths))
    of = f" The last one: {clean(facts.deaths[-1])}"
    often = f"{len(facts.deaths)} workers have died within ten minutes, and each time another takes its place.{of}"
    if inner is None or len({_short(kind) for kind in kinds}) > 1:
        steps = inner.fix if inner is not None else (mend(facts, "find what ends the process"), again(facts))
        return Finding("flapping", often, steps, facts.evidence("is gone:"))
    return replace(inner, cause="flapping", why=f"{often} {inner.why}", evidence=facts.evidence("is gone:"))


def _short(death: str) -> str:
    return re.sub(r"\d+", "", death)[:80]


def crash(facts: Facts) -> Finding | None:
    """A signal that code in C gets."""
    name = _signal(facts) or {139: "SIGSEGV", 134: "SIGABRT", 132: "SIGILL", 135: "SIGBUS"}.get(_exit(facts) or 0, "")
    if name in _FROM_OUTSIDE:
        why = f"A worker was ended by {name}, which somebody sent: a kill command, or the end of a session."
        return Finding("killed", why, (restart(facts),), facts.evidence(name))
    if name not in _CRASHES:
        return None
    return Finding(
        "crash",
        f"The process was ended by {name}: it {_CRASHES[name]}. Python has no exception for that.",
        (
            "set the environment variable PYTHONFAULTHANDLER=1 (environment.environment_variables): the log then has "
            "the line of Python where it happens",
            "take versions of the packages that were made for each other: those of the training",
            again(facts),
        ),
        facts.evidence(name, "Fatal Python error"),
    )


def exited(facts: Facts) -> Finding | None:
    """The script ended its process."""
    code = _exit(facts)
    if code is None:
        return None
    return Finding(
        "worker-exited",
        f"The process of the script ended with exit code {code}, without an exception: os._exit() or sys.exit() in a "
        "thread, or a library that ends the process.",
        ("look at what the script printed last: the lines above in the log", mend(facts, "let nothing end the process"),
         again(facts)),
        facts.evidence("exit code"),
    )  # fmt: skip


def hung(facts: Facts) -> Finding | None:
    """It answered no liveness probe."""
    if facts.raised is not None or ("liveness probe" not in facts.message and facts.code != "liveness"):
        return None
    return Finding(
        "not-responding",
        f"{clean(facts.message)} C code that holds Python's lock for long keeps a worker from answering; or it hangs.",
        (
            "have run() return sooner: smaller batches, a time limit for what it waits for",
            "or let it take longer: service.update(period_seconds=..., timeout_seconds=..., failure_threshold=...)",
        ),
        facts.evidence("liveness"),
    )


def killed_in_run(facts: Facts) -> Finding | None:
    """The worker died of something else while it computed."""
    if facts.request is None or facts.request.status != 502:
        return None
    why = f"The process that computed the request is gone: {clean(facts.request.told)}"
    return Finding("run-killed", why, (mend(facts, "find what ends the process"), again(facts)), facts.evidence("502:"))


def _signal(facts: Facts) -> str:
    match = _SIGNAL.search(facts.message) if facts.raised is None else None
    return match[1] if match is not None else ""


def _exit(facts: Facts) -> int | None:
    if facts.raised is not None:
        return None
    match = _EXIT.search(facts.message)
    if match is not None:
        return int(match[1])
    plain = facts.error is not None and facts.code in ("container-ended", "worker-died")
    return facts.error.exit_code if plain and facts.error is not None else None
