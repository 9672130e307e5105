"""A client in Python, with the package requests."""

from __future__ import annotations

from aml_nb.core.webservice.client_code import quoting
from aml_nb.core.webservice.client_code.facts import CERTIFICATE, VARIABLE, Facts, heading

FILE = "client.py"
_START = ("pip install requests && python client.py",)
_TRUST = (f"export REQUESTS_CA_BUNDLE={CERTIFICATE}",)

_TEMPLATE = """\
{heading}
{modules}

import requests

url = {uri}
body = {body}
headers = {{"Content-Type": "application/json"}}
{authorization}
response = requests.post(url, data=body.encode("utf-8"), headers=headers, timeout=60)
if response.status_code != 200:
    sys.exit(f"HTTP {{response.status_code}}: {{response.text}}")
print(response.text)
"""


def write(facts: Facts) -> str:
    """The text of the client."""
    return _TEMPLATE.format(
        heading=heading(facts, "#", FILE, _START, _TRUST),
        modules="import os\nimport sys" if facts.secured and facts.secret is None else "import sys",
        uri=quoting.python(facts.uri),
        body=quoting.python(facts.body),
        authorization=_authorization(facts),
    )


def _authorization(facts: Facts) -> str:
    if not facts.secured:
        return ""
    if facts.secret is not None:
        return f'headers["Authorization"] = "Bearer " + {quoting.python(facts.secret)}\n'
    return (
        f'key = os.environ.get("{VARIABLE}") or sys.exit("set {VARIABLE} first")\n'
        'headers["Authorization"] = "Bearer " + key\n'
    )
