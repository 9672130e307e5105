"""``%service update``: which of its options each class of service takes."""

from __future__ import annotations

import contextlib
import io
from argparse import Namespace
from typing import Any

from aml_nb.display.objects import target_of
from aml_nb.errors import UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.inference import content_of
from aml_nb.verbs.known import pairs

_SETTINGS = {
    "cpu": ("cpu_cores", ("AKS",)),
    "memory": ("memory_gb", ("AKS",)),
    "replicas": ("num_replicas", ("AKS",)),
    "auth": ("auth_enabled", ("ACI", "AKS")),
    "app_insights": ("enable_app_insights", ("ACI", "AKS")),
    "tag": ("tags", ("ACI", "AKS")),
    "description": ("description", ("ACI", "AKS")),
}


def update(service: Any, args: Namespace, context: Context) -> None:
    """Call the service's ``update`` with what was given, and wait for it."""
    target = target_of(service)
    values = {**_content(args, context), **_settings(args, target)}
    if not values:
        raise UsageError(f"nothing to change in {service.name}", hint="%service update --help")
    with contextlib.redirect_stdout(io.StringIO()) if context.quiet else contextlib.nullcontext():
        if target == "Local":
            service.update(**values, wait=not args.no_wait)
        else:
            service.update(**values)
            if not args.no_wait:
                service.wait_for_deployment(show_output=True)


def _content(args: Namespace, context: Context) -> dict[str, Any]:
    """New models need the script along, as in v1: the given one, the default, or the one written last."""
    if not (args.script or args.model or args.environment or args.source_dir):
        return {}
    args.script = context.default("script", args.script)
    content = content_of(args, context)
    return {"models": content.models, "inference_config": content.inference}


def _settings(args: Namespace, target: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option, (name, targets) in _SETTINGS.items():
        value = getattr(args, option)
        if value is None:
            continue
        if target not in targets:
            raise UsageError(f"--{option.replace('_', '-')} is for {' and '.join(targets)}, not for a {target} service")
        found[name] = pairs(value, "--tag") if option == "tag" else value
    if "num_replicas" in found:
        found["autoscale_enabled"] = False
    return found
