"""A package that is an Azure Function: its app folder with one function, whose trigger calls the entry script."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aml_nb.engines.base import ServiceSpec
from aml_nb.errors import UserErrorException
from aml_nb.scoring.function import VARIABLE

HTTP, BLOB, QUEUE = "http", "blob", "service_bus_queue"
FOLDER = "function"
"""Where the app is in the context."""
BASE = f"mcr.microsoft.com/azure-functions/python:4-python{sys.version_info.major}.{sys.version_info.minor}"
_FUNCTION = "score"
_WWWROOT = "/home/site/wwwroot"
_AUTH_LEVELS = ("anonymous", "function", "admin")
_BLOBS = {"inputPath": "input/{blobname}.json", "outputPath": "output/{blobname}_out.json"}
_HOST = {
    "version": "2.0",
    "logging": {"applicationInsights": {"samplingSettings": {"isEnabled": True, "excludedTypes": "Request"}}},
    "extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"},
}
_SCRIPTS = {
    HTTP: '''"""Answers HTTP requests by the entry script."""

import azure.functions as func
from aml_nb.scoring import function

app = function.load()


def main(req: func.HttpRequest) -> func.HttpResponse:
    reply = app.answer(req.method, req.url, req.headers, req.get_body())
    return func.HttpResponse(reply.body, status_code=reply.status, headers=reply.headers, mimetype=reply.content_type)
''',
    BLOB: '''"""Scores each new blob by the entry script and writes what it answers to another."""

import azure.functions as func
from aml_nb.scoring import function

app = function.load()


def main(input: func.InputStream, output: func.Out[bytes]) -> None:
    output.set(app.score(input.read()))
''',
    QUEUE: '''"""Scores each message of a Service Bus queue and puts what the entry script answers into another."""

import azure.functions as func
from aml_nb.scoring import function

app = function.load()


def main(input: func.ServiceBusMessage, output: func.Out[str]) -> None:
    output.set(app.score(input.get_body()).decode("utf-8"))
''',
}


def trigger(kind: str, given: dict[str, Any]) -> dict[str, str]:
    """What a record keeps of a trigger.

    Parameters
    ----------
    kind : ``http``, ``blob`` or ``service_bus_queue``.
    given : ``auth_level``, ``input_path``, ``output_path``, ``input_queue_name``, ``output_queue_name``.

    Raises
    ------
    UserErrorException
        There is no such trigger, or it lacks something, or has something that belongs to another.
    """
    takes = {
        HTTP: {"auth_level": "authLevel"},
        BLOB: {"input_path": "inputPath", "output_path": "outputPath"},
        QUEUE: {"input_queue_name": "inputQueue", "output_queue_name": "outputQueue"},
    }
    if kind not in takes:
        raise UserErrorException(
            f"There is no trigger {kind!r}; there is {', '.join(takes)}.", hint="trigger=HTTP_TRIGGER"
        )
    unknown = sorted(given.keys() - takes[kind].keys())
    if unknown:
        raise UserErrorException(
            f"A {kind} trigger takes no {', '.join(unknown)}.", hint=f"it takes {', '.join(takes[kind])}"
        )
    values = {wire: given.get(name) for name, wire in takes[kind].items()}
    return {"trigger": kind, **{name: str(value) for name, value in _complete(kind, values).items()}}


def _complete(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values with v1's defaults; raises where there is none."""
    if kind == HTTP:
        level = values["authLevel"] or "function"
        if level not in _AUTH_LEVELS:
            raise UserErrorException(f"{level!r} is no auth_level: {', '.join(_AUTH_LEVELS)} are.")
        return {"authLevel": level}
    if kind == BLOB:
        return {name: value or _BLOBS[name] for name, value in values.items()}
    if not all(values.values()):
        raise UserErrorException(
            "A Service Bus trigger needs both queues.",
            hint="package_service_bus_queue(..., input_queue_name='in', output_queue_name='out')",
        )
    return values


def write(folder: Path, values: dict[str, str]) -> None:
    """Lay out the app: ``host.json``, and a folder with the function's bindings and its script."""
    place = folder / _FUNCTION
    place.mkdir(parents=True)
    (folder / "host.json").write_text(json.dumps(_HOST, indent=2) + "\n", encoding="utf-8")
    bindings = {"scriptFile": "__init__.py", "bindings": _bindings(values)}
    (place / "function.json").write_text(json.dumps(bindings, indent=2) + "\n", encoding="utf-8")
    (place / "__init__.py").write_text(_SCRIPTS[values["trigger"]], encoding="utf-8")


def dockerfile_ending(spec: ServiceSpec) -> Sequence[str]:
    """How the image of a function ends, in place of a service's settings."""
    from aml_nb.engines.docker import inside

    packages = f"{inside.ENVIRONMENT}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    return (
        "# the function: Azure's host reads its bindings, and its Python has the environment's packages",
        f"ENV AzureWebJobsScriptRoot={_WWWROOT} \\\n    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \\\n"
        f"    PYTHONPATH={packages}:{inside.SITE} \\\n    {VARIABLE}={inside.SERVICE}",
        f"COPY {FOLDER} {_WWWROOT}",
    )


def _bindings(values: dict[str, str]) -> list[dict[str, Any]]:
    kind = values["trigger"]
    if kind == HTTP:
        return [
            {
                "name": "req",
                "type": "httpTrigger",
                "direction": "in",
                "authLevel": values["authLevel"],
                "methods": ["get", "post", "options"],
            },
            {"name": "$return", "type": "http", "direction": "out"},
        ]
    if kind == BLOB:
        connection = {"connection": "AzureWebJobsStorage"}
        return [
            {"name": "input", "type": "blobTrigger", "direction": "in", "path": values["inputPath"], **connection},
            {"name": "output", "type": "blob", "direction": "out", "path": values["outputPath"], **connection},
        ]
    connection = {"connection": "ServiceBusConnection"}
    return [
        {
            "name": "input",
            "type": "serviceBusTrigger",
            "direction": "in",
            "queueName": values["inputQueue"],
            **connection,
        },
        {"name": "output", "type": "serviceBus", "direction": "out", "queueName": values["outputQueue"], **connection},
    ]
