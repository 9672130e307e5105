"""The page that says what can be asked: made of the OpenAPI document, with nothing fetched from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
code, pre { font: 13px/1.5 ui-monospace, monospace; background: #f4f4f4; border-radius: 4px; padding: .1rem .3rem; }
pre { padding: .8rem; overflow-x: auto; }
section { border-top: 1px solid #ddd; padding: .6rem 0; }
code.path { overflow-wrap: anywhere; }
b.method { display: inline-block; min-width: 3.5rem; }
table { border-collapse: collapse; } td { padding: .15rem .8rem .15rem 0; vertical-align: top; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } code, pre { background: #2a2a2a; } }
"""
_EXAMPLE = """\
import requests
from azureml.core.authentication import InteractiveLoginAuthentication

auth_header = InteractiveLoginAuthentication().get_authentication_header()
response = requests.post(published_pipeline.endpoint, headers=auth_header,
                         json={"ExperimentName": "batch", "ParameterAssignments": {"name": "value"}})
run_id = response.json()["Id"]"""


def docs(openapi: dict[str, Any]) -> str:
    """The page."""
    schema = openapi["components"]["schemas"]["Submission"]
    operations = [
        _operation(method, path, told, schema if "requestBody" in told else {})
        for path, methods in openapi["paths"].items()
        for method, told in methods.items()
    ]
    title = escape(openapi["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{escape(openapi['info']['description'])} Every request but those of the server itself needs a token of "
        'this user&#x27;s. The same as <a href="/openapi.json">OpenAPI</a>.</p>'
        f"<pre>{escape(_EXAMPLE)}</pre>{''.join(operations)}</body></html>"
    )


def _operation(method: str, path: str, told: dict[str, Any], schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(part))}</td>"
        f"<td>{escape(part.get('description', ''))}</td></tr>"
        for name, part in schema.get("properties", {}).items()
    )
    return (
        f'<section><p><b class="method">{escape(method.upper())}</b> <code class="path">{escape(path)}</code><br>'
        f"{escape(told.get('summary', ''))}</p>{f'<table>{rows}</table>' if rows else ''}</section>"
    )


def _kind(part: dict[str, Any]) -> str:
    kinds = [each for each in part.get("anyOf", [part]) if each.get("type") != "null"]
    return " or ".join(str(each.get("type") or each.get("$ref", "").rpartition("/")[2]) for each in kinds)
