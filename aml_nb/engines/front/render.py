"""A front's configuration in HAProxy's words.

What the words are chosen for: no request is lost that a replica has not begun to compute, and none is computed twice.

    option http-server-close     a connection to a replica carries one request. An idle one could die just as it is
                                 used again, and a worker process of a replica would keep clients to itself
    retries, option redispatch   a request that could not be handed over goes to another replica; HAProxy's
                                 ``retry-on`` stays at ``conn-failure``, so that what reached one is never replayed
    server waiting, backup       while no replica is up, requests come here: a closed door, knocked at again and again
                                 until a replica is back
    option idle-close-on-response  a process that is being replaced closes a client's connection after an answer, not
                                 under the client's next request
    slots                        each backend has more servers than replicas; those without one are in maintenance
    lua.ended                    a replica that ends while it computes is down at once: its last process may hold the
                                 door open for a moment longer, and the next request would be lost behind it
    server again, backup         a process that is being replaced cannot be told any more where the replicas are. When
                                 it finds none of its own, it hands on to its successor, by a socket for each backend
"""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterable, Mapping
from importlib import resources
from math import ceil

from aml_nb.engines.front.config import LOOPBACK, Backend, FrontConfig, Server

PEM = "front.pem"
LUA = "ended.lua"
WAITING, AGAIN = "waiting", "again"
Slots = Mapping[str, tuple[Server | None, ...]]

_KNOCK_MS = 250
_HOLD_MS = 30_000
_NEVER_MS = 86_400_000
_MARGIN_MS = 20_000
_MOST_CONNECTIONS = 8192
_NOWHERE = "127.0.0.1:1"
_HOST = re.compile(r"[a-z0-9._:\[\]-]+")
_MESSAGES = {
    400: "The head of the request is malformed.",
    408: "The request did not come in time.",
    500: "The request could not be passed on.",
    502: "The replica ended while it computed the answer.",
    503: "The service is busy: too many requests are waiting. Try again later.",
    504: "The replica gave no answer within the scoring timeout.",
}
METRICS, METRICS_SOCKET = "metrics", "metrics.sock"
_IDENTIFY = (
    "    http-request set-var(txn.id) req.hdr(x-request-id),bytes(0,100)",
    "    http-request set-var(txn.id) uuid() unless { req.hdr(x-request-id) -m found }",
)
_ENDED = (
    "    http-response set-var(txn.answered) bool(true)",
    "    http-after-response set-var(txn.ended) lua.ended if { status 502 } !{ var(txn.answered) -m found }",
)
_IDENTIFIED = "hdr x-ms-run-function-failed False hdr x-request-id %[var(txn.id)] hdr x-ms-request-id %[var(txn.id)]"


def slot(number: int) -> str:
    """HAProxy's name for a backend's n-th server."""
    return f"slot{number}"


def render(config: FrontConfig, port: int, slots: Slots, *, servers: bool = True, lua: bool = True) -> str:
    """HAProxy's configuration; without ``servers``, only what cannot change while HAProxy runs.

    ``lua`` where that HAProxy can run it; without, a replica that is killed under load may cost a second request.
    """
    lines = [*_global(config), *([f"    lua-load {LUA}"] if lua else []), *_defaults(), *_frontend(config, port)]
    for backend in config.backends:
        lines += [*_handed_on(backend), *_backend(backend), *(_ENDED if lua else ())]
        for number, server in enumerate(slots[backend.name]):
            lines.append(_server(number, server) if servers else f"    server {slot(number)}")
        lines.append(f"    server {AGAIN} unix@{_handing_on(backend)} backup no-check disabled")
        lines.append(f"    server {WAITING} {_NOWHERE} backup no-check")
    if config.metrics:
        lines += _metrics_backend()
    return "\n".join(lines) + "\n"


def _global(config: FrontConfig) -> list[str]:
    longest = max((backend.server_timeout_ms for backend in config.backends), default=0)
    return [
        "global",
        f"    maxconn {_connections()}",
        "    nbthread 1",
        "    noreuseport",
        f"    hard-stop-after {longest + 2 * _MARGIN_MS}ms",
        "    tune.bufsize 49152",
        "    ssl-default-bind-options ssl-min-ver TLSv1.2",
    ]


def _defaults() -> list[str]:
    errors = [
        f"    http-error status {status} content-type application/json "
        f'lf-string \'{{"message": "{message}"}}\' {_IDENTIFIED if status >= 500 else ""}'.rstrip()
        for status, message in _MESSAGES.items()
    ]
    return [
        "defaults",
        "    mode http",
        "    option http-server-close",
        "    option idle-close-on-response",
        "    option abortonclose",
        "    option redispatch 1",
        f"    timeout connect {_KNOCK_MS}ms",
        "    timeout client 60s",
        "    timeout http-request 60s",
        "    timeout http-keep-alive 120s",
        "    timeout check 5s",
        *errors,
    ]


def _frontend(config: FrontConfig, port: int) -> list[str]:
    host = f"[{config.host}]" if ":" in config.host else config.host
    secure = f" ssl crt {PEM} alpn http/1.1" if config.certificate else ""
    # A replica that listens on the loopback knows the loopback's names alone.
    replica_knows = f"req.hdr(host),host_only,lower -m str {' '.join(LOOPBACK)}"
    lines = [
        "frontend front",
        f"    bind {host}:{port}{secure}",
        *_IDENTIFY,
        "    http-request set-var(txn.pick) rand(10000)",
    ]
    if host.startswith("127.") or host in ("localhost", "[::1]"):
        lines += _known_hosts(config)
    lines.append(f"    http-request set-header Host localhost unless {{ {replica_knows} }}")
    return [*lines, *_metrics(config.metrics), *_traffic(config.backends)]


def _metrics(paths: tuple[str, ...] | None) -> list[str]:
    """Figures are told by whoever keeps the service; where nobody does, there are none at this address."""
    if paths is None:
        return []
    if not paths:
        message = "Each version tells its own figures; those of all are read with metrics(endpoint)."
        return [
            "    http-request return status 404 content-type application/json "
            f'string \'{{"message": "{message}"}}\' if {{ path_end /metrics }}'
        ]
    return [f"    use_backend {METRICS} if {{ path {' '.join(paths)} }}"]


def _metrics_backend() -> list[str]:
    return [
        f"backend {METRICS}",
        "    timeout server 5s",
        "    timeout queue 5s",
        f"    server keeper unix@{METRICS_SOCKET} maxconn 16",
    ]


def _known_hosts(config: FrontConfig) -> list[str]:
    """A page of another site that reaches this port through its own name (DNS rebinding) is not served."""
    cname = [config.certificate.cname] if config.certificate and config.certificate.cname else []
    allowed = os.environ.get("AML_NB_ALLOWED_HOSTS", "").split()
    told = (name.lower() for name in (*LOOPBACK, *cname, *allowed))
    names = dict.fromkeys(name for name in told if _HOST.fullmatch(name))  # no request can name another
    message = "This service does not answer for the host %[req.hdr(host),json]."
    return [
        f"    acl known_host req.hdr(host),host_only,lower -m str {' '.join(names)}",
        "    acl known_host req.hdr(host),host_only,lower -m end .localhost",
        "    acl known_host req.hdr_cnt(host) eq 0",
        "    http-request return status 403 content-type application/json "
        f'lf-string \'{{"message": "{message}"}}\' unless known_host',
    ]


def _traffic(backends: tuple[Backend, ...]) -> list[str]:
    """Share the requests out; the last that has a weight takes the rest."""
    weighed = [backend for backend in backends if backend.weight > 0] or list(backends[:1])
    if not weighed:
        return []
    total = sum(backend.weight for backend in weighed) or 1
    lines, below = [], 0.0
    for backend in weighed[:-1]:
        below += backend.weight
        lines.append(f"    use_backend {backend.name} if {{ var(txn.pick) -m int lt {round(10000 * below / total)} }}")
    return [*lines, f"    default_backend {weighed[-1].name}"]


def _handing_on(backend: Backend) -> str:
    return f"{backend.name}.{AGAIN}"


def _handed_on(backend: Backend) -> list[str]:
    """Where a process that is being replaced hands on; what was handed on once is not handed round."""
    return [
        f"frontend {AGAIN}-{backend.name}",
        f"    bind unix@{_handing_on(backend)} mode 600",
        *_IDENTIFY,
        "    http-request return status 503 default-errorfiles if { req.hdr(x-aml-nb-again) -m found }",
        "    http-request set-header x-aml-nb-again 1",
        f"    default_backend {backend.name}",
    ]


def _backend(backend: Backend) -> list[str]:
    wait = backend.queue_wait_ms
    hold = _HOLD_MS if wait is None else min(wait, _HOLD_MS)
    one_by_one = all(server.limit == 1 for server in backend.servers)
    return [
        f"backend {backend.name}",
        f"    balance {'roundrobin' if one_by_one else 'leastconn'}",
        f"    retries {max(3, ceil(hold / _KNOCK_MS))}",
        f"    timeout queue {_NEVER_MS if wait is None else max(1, wait)}ms",
        f"    timeout server {backend.server_timeout_ms + _MARGIN_MS}ms",
        "    option httpchk",
        f"    http-check send meth GET uri {backend.health_path} ver HTTP/1.1 hdr Host localhost hdr Connection close",
        "    http-check expect status 200",
        "    default-server check inter 2s fastinter 250ms downinter 250ms fall 3 rise 1",
        "    default-server observe layer4 error-limit 1 on-error mark-down",
    ]


def _server(number: int, server: Server | None) -> str:
    if server is None:
        return f"    server {slot(number)} {_NOWHERE} maxconn 1 disabled"
    host = f"[{server.host}]" if ":" in server.host else server.host
    drained = " weight 0" if server.draining else ""
    return f"    server {slot(number)} {host}:{server.port} maxconn {server.limit}{drained}"


def _connections() -> int:
    """As many as the process may have, two descriptors each and some to spare."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return max(50, min(_MOST_CONNECTIONS, allowed // 2 - 100))


def pem(parts: Iterable[str]) -> bytes:
    """A certificate and its key in one file, as HAProxy wants them."""
    return "\n".join(part.strip() for part in parts).encode() + b"\n"


def lua() -> bytes:
    """What HAProxy loads beside its configuration."""
    return resources.files(__package__).joinpath(LUA).read_bytes()
