"""A client as one command of a shell, with curl 7.76 or newer."""

from __future__ import annotations

from aml_nb.core.webservice.client_code import quoting
from aml_nb.core.webservice.client_code.facts import CERTIFICATE, VARIABLE, Facts, heading

FILE = "client.sh"
_START = ("sh client.sh",)
_TRUST = (f"export CURL_CA_BUNDLE={CERTIFICATE}",)

# The status goes to stderr, so that the answer can be piped on.
_TEMPLATE = """\
{heading}
curl --silent --show-error --max-time 60 {uri} \\
  --header 'Content-Type: application/json' \\
{authorization}  --data-raw {body} \\
  --fail-with-body --write-out '%{{stderr}}\\nHTTP %{{http_code}}\\n'
"""


def write(facts: Facts) -> str:
    """The text of the command."""
    return _TEMPLATE.format(
        heading=heading(facts, "#", FILE, _START, _TRUST),
        uri=quoting.shell(facts.uri),
        body=quoting.shell(facts.body),
        authorization=_authorization(facts),
    )


def _authorization(facts: Facts) -> str:
    if not facts.secured:
        return ""
    if facts.secret is not None:
        return f"  --header {quoting.shell(f'Authorization: Bearer {facts.secret}')} \\\n"
    return f'  --header "Authorization: Bearer ${{{VARIABLE}:?set it first}}" \\\n'
