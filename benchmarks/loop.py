"""The limit: ``init()`` once, then ``run()`` in a loop in one process; prints what that gave as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Arguments: the folder of score.py, a file with the raw body, seconds."""
    folder, raw, seconds = sys.argv[1], Path(sys.argv[2]).read_text(), float(sys.argv[3])
    sys.path.insert(0, folder)
    import score

    score.init()
    score.run(raw)
    count, begin, cpu = 0, time.perf_counter(), time.process_time()
    end = begin + seconds
    while (now := time.perf_counter()) < end:
        score.run(raw)
        count += 1
    used = time.process_time() - cpu
    print(json.dumps({"rate": count / (now - begin), "server_cpu_us": used / count * 1e6}))


if __name__ == "__main__":
    main()
