"""A client in JavaScript, for Node 18 and newer: ``fetch`` is part of it."""

from __future__ import annotations

from aml_nb.core.webservice.client_code import quoting
from aml_nb.core.webservice.client_code.facts import CERTIFICATE, VARIABLE, Facts, heading

FILE = "client.mjs"
_START = ("node client.mjs",)
_TRUST = (f"export NODE_EXTRA_CA_CERTS={CERTIFICATE}",)

_TEMPLATE = """\
{heading}
const url = {uri};
const body = {body};
const headers = {{ "Content-Type": "application/json" }};
{authorization}
const response = await fetch(url, {{ method: "POST", headers, body, signal: AbortSignal.timeout(60000) }});
const text = await response.text();
if (response.status !== 200) {{
  console.error(`HTTP ${{response.status}}: ${{text}}`);
  process.exitCode = 1;
}} else {{
  console.log(text);
}}
"""


def write(facts: Facts) -> str:
    """The text of the client."""
    return _TEMPLATE.format(
        heading=heading(facts, "//", FILE, _START, _TRUST),
        uri=quoting.javascript(facts.uri),
        body=quoting.javascript(facts.body),
        authorization=_authorization(facts),
    )


def _authorization(facts: Facts) -> str:
    if not facts.secured:
        return ""
    if facts.secret is not None:
        return f'headers["Authorization"] = "Bearer " + {quoting.javascript(facts.secret)};\n'
    return (
        f"const key = process.env.{VARIABLE};\n"
        f'if (!key) {{\n  console.error("set {VARIABLE} first");\n  process.exit(1);\n}}\n'
        'headers["Authorization"] = "Bearer " + key;\n'
    )
