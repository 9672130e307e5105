"""How a worker process ended, in words."""

from __future__ import annotations

import signal

_MEANING = {
    "SIGSEGV": "a segmentation fault in compiled code",
    "SIGABRT": "compiled code gave up",
    "SIGILL": "a program for another processor",
    "SIGBUS": "a bus error, often a full disk or shared memory",
    "SIGTERM": "somebody ended it",
}
OUT_OF_MEMORY_HINT = "a smaller mini_batch_size, fewer process_count_per_node, or a model that needs less memory"


def explain(code: int | None, out_of_memory: bool) -> tuple[str, str]:
    """What a worker that is gone died of, and what helps.

    Parameters
    ----------
    code : its exit code, below 0 for a signal; None where it still runs and only hung up.
    out_of_memory : whether the kernel has killed something for want of memory meanwhile.
    """
    if code is None:
        return "closed the line to its driver", ""
    if code >= 0:
        return f"ended with exit code {code}", "the script, or what it calls, ends the process: os._exit() or the like"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"was killed by signal {-code}", ""
    if name == "SIGKILL" and out_of_memory:
        return "was killed by the kernel: the machine ran out of memory (SIGKILL)", OUT_OF_MEMORY_HINT
    if name == "SIGKILL":
        return "was killed (SIGKILL)", OUT_OF_MEMORY_HINT
    meaning = _MEANING.get(name)
    return f"was killed by {name}" + (f": {meaning}" if meaning else ""), ""


def oom_kills() -> int:
    """How often the kernel has killed a process for want of memory: in our own group, else on this machine."""
    for path in ("/sys/fs/cgroup/memory.events", "/proc/vmstat"):
        try:
            with open(path, encoding="ascii") as file:
                for line in file:
                    word, _, number = line.partition(" ")
                    if word == "oom_kill":
                        return int(number)
        except (OSError, ValueError):
            continue
    return 0
