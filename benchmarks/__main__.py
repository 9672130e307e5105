"""``python -m benchmarks``: every benchmark in turn, each beside its peer and the limit.

Arguments name those that are wanted: ``python -m benchmarks scoring startup``.
"""

from __future__ import annotations

import subprocess
import sys

ALL = (
    "startup",
    "registry",
    "run_log",
    "submit",
    "upload",
    "dataset",
    "batch",
    "deploy",
    "scoring",
    "no_code",
    "containers",
    "replicas",
    "panel",
)


def main(names: list[str]) -> int:
    """Run benchmarks, one process each; 1 where one of them failed."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there is {', '.join(ALL)}.", file=sys.stderr)
        return 2
    failed = []
    for name in names or ALL:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
