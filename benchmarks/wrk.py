"""The same round through wrk, for servers that answer faster than a generator written in Python asks."""

from __future__ import annotations

import os
import subprocess
import tempfile

from benchmarks.outcome import Outcome, loopback_address

WRK = """
wrk.method = %(method)s
wrk.body = %(body)s
%(headers)s
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("AML %%d %%d %%f %%f %%f %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    e.connect, e.read, e.write, e.status, e.timeout))
end
"""


def _lua(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


def run_wrk(url: str, body: bytes | None, headers: dict[str, str], connections: int, seconds: float) -> Outcome:
    """The same round through ``wrk``, which checks statuses, not bodies."""
    loopback_address(url)
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    lines = "\n".join(f"wrk.headers[{_lua(k.encode())}] = {_lua(v.encode())}" for k, v in headers.items())
    method = '"GET"' if body is None else '"POST"'
    script = WRK % {"method": method, "body": "nil" if body is None else _lua(body), "headers": lines}
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s"]
        before = os.times()
        done = subprocess.run([*command, file.name, url], capture_output=True, text=True, timeout=seconds + 60)
        after = os.times()
    if done.returncode:
        raise OSError(f"wrk: {(done.stderr or done.stdout).strip()[-400:]}")
    numbers = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("AML ")][0]
    requests, micros, p50, p99, top, *errors = map(float, numbers)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    names = ("connect", "read", "write", "status", "timeout")
    return Outcome(
        requests=int(requests),
        seconds=micros / 1e6,
        rate=requests / micros * 1e6,
        p50_ms=p50 / 1000,
        p99_ms=p99 / 1000,
        max_ms=top / 1000,
        generator_cpu=used / (micros / 1e6),
        answers=int(requests),
        tool="wrk",
        errors={name: int(count) for name, count in zip(names, errors, strict=True) if count},
    )
