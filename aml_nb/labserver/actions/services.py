"""What is done with web services."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aml_nb.core.webservice import calling, no_code
from aml_nb.core.webservice import services as records
from aml_nb.labserver.actions.contents import models_of, script_of
from aml_nb.labserver.call import Call
from aml_nb.labserver.faults import Refusal, phrase
from aml_nb.labserver.shapes import base, service_detail, services

MOST_BYTES = 10 * 1024 * 1024
LONGEST_S = 300.0
_CLOUD = {"description": str, "tags": dict}
_SCRIPT = ("entry_script", "source_directory", "environment")
_SIZES = {"cpu": "cpu_cores", "memory_gb": "memory_gb"}


class NotPossibleError(Refusal):
    """This object cannot do that, or not now; the message says why."""

    code, status = "not-possible", 409


def score(call: Call) -> dict[str, Any]:
    """Send a request to a service as one who has its key, and tell all that came back."""
    body = str(call.given("body", str, "")).encode("utf-8", "replace")
    if len(body) > MOST_BYTES:
        raise Refusal(f"The body is longer than {MOST_BYTES // 2**20} MB.", hint="service.run(...) in the notebook")
    kind = _header(call.given("content_type", str, "application/json"))
    path = call.given("path", str)
    if path is not None and (not path.startswith("/") or not path.isprintable() or " " in path):
        raise Refusal(f"A path begins with a slash and has no spaces: {path[:80]!r}.", hint='"/score"')
    service = _ready(call, "score")
    began = time.perf_counter()
    answer = calling.send(service, body, kind, path, LONGEST_S, MOST_BYTES + 1)
    took = (time.perf_counter() - began) * 1000
    return {
        "status": answer.status,
        "reason": phrase(answer.status),
        "headers": answer.headers,
        **_text(answer.content),
        "ms": round(took, 2),
    }


def _header(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise Refusal("content_type is no media type.", hint='"application/json"')
    return value


def _text(content: bytes) -> dict[str, Any]:
    """The body as text: what is none is only counted."""
    cut = content[:MOST_BYTES]
    truncated = len(content) > MOST_BYTES
    try:
        return {"body": cut.decode("utf-8", "replace" if truncated else "strict"), "truncated": truncated}
    except UnicodeDecodeError:
        return {"body": f"({len(cut)} bytes that are no text)", "truncated": truncated}


def keys(call: Call) -> dict[str, Any]:
    """The keys of a service, or a token."""
    service = service_detail.find(call.workspace, call.id)
    if service.token_auth_enabled:
        access = service.get_access_token()
        return {
            "token": access.access_token,
            "refresh_after": base.stamp(access.refresh_after.astimezone()),
            "expires": base.stamp(access.expiry_on.astimezone()),
        }
    if not service.auth_enabled:
        raise NotPossibleError(f"{service.name} asks for no key.", hint="service.update(auth_enabled=True)")
    primary, secondary = service.get_keys()
    return {"primary": primary, "secondary": secondary}


def regenerate_key(call: Call) -> dict[str, Any]:
    """Replace a key, and tell both."""
    service = _ready(call, "regenerate_key")
    service.regen_key(call.given("key", str, needed=True))
    return keys(call)


def reload(call: Call) -> dict[str, Any]:
    """Take the entry script as it is now."""
    service = _ready(call, "reload")
    service.reload()
    return {"row": services.row(service)}


def update(call: Call) -> dict[str, Any]:
    """Change what a service serves, or how."""
    service = _ready(call, "update")
    values = {**_settings(call, service), **_content(call, service)}
    if not values:
        raise Refusal("Nothing to change was given.", hint='{"description": "…"}')
    service.update(**values)
    return {"row": services.row(service)}


def scale(call: Call) -> dict[str, Any]:
    """Another number of replicas, or other limits between which it scales by itself."""
    service = _ready(call, "scale")
    number = call.given("num_replicas", int)
    if number is not None:
        values: dict[str, Any] = {"autoscale_enabled": False, "num_replicas": number}
    else:
        limits = ("autoscale_min_replicas", "autoscale_max_replicas")
        values = {"autoscale_enabled": True, **{name: call.given(name, int, needed=True) for name in limits}}
    service.update(**values)
    return {"row": services.row(service)}


def delete(call: Call) -> None:
    """End a service and remove it."""
    _ready(call, "delete").delete()


def _ready(call: Call, action: str) -> Any:
    """The service, where it can do that."""
    service = service_detail.find(call.workspace, call.id)
    why = service_detail.actions(service)[action]
    if why is not None:
        raise NotPossibleError(why)
    return service


def _settings(call: Call, service: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: call.given(name, kind) for name, kind in _CLOUD.items()}
    found |= {name: call.given(wire, (int, float)) for wire, name in _SIZES.items()}
    found["auth_enabled"] = call.given("auth", bool)
    found = {name: value for name, value in found.items() if value is not None}
    if found and service.compute_type == records.LOCAL:
        raise NotPossibleError(
            f"A local service has no {', '.join(sorted(found))} to change, as in SDK v1.",
            hint="models, entry_script and environment can be changed; deploy to aci for the others",
        )
    if isinstance(found.get("tags"), Mapping):
        found["tags"] = base.plain(found["tags"])
    return found


def _content(call: Call, service: Any) -> dict[str, Any]:
    """Other models, another script, another environment; what is not given stays as the service has it."""
    names = call.given("models", list)
    if names is None and not any(call.body.get(each) for each in _SCRIPT):
        return {}
    found: dict[str, Any] = {} if names is None else {"models": models_of(call.workspace, names)}
    scripted = service.compute_type != records.LOCAL and not no_code.serves(service._record)
    if scripted or any(
        call.body.get(each) for each in _SCRIPT
    ):  # v1 takes other models of a service in the cloud with a script only
        found["inference_config"] = script_of(call, service)
    return found
