"""A client in Go, with its standard library."""

from __future__ import annotations

from aml_nb.core.webservice.client_code import quoting
from aml_nb.core.webservice.client_code.facts import CERTIFICATE, VARIABLE, Facts, heading

FILE = "client.go"
_START = ("go run client.go",)
_TRUST = (f"export SSL_CERT_FILE={CERTIFICATE}",)

_TEMPLATE = """\
{heading}
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	url  = {uri}
	body = {body}
)

func main() {{
	request, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {{
		fail(err)
	}}
	request.Header.Set("Content-Type", "application/json")
{authorization}
	client := &http.Client{{Timeout: 60 * time.Second}}
	response, err := client.Do(request)
	if err != nil {{
		fail(err)
	}}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {{
		fail(err)
	}}
	if response.StatusCode != http.StatusOK {{
		fail(fmt.Errorf("HTTP %d: %s", response.StatusCode, answer))
	}}
	fmt.Println(string(answer))
}}

func fail(err error) {{
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}}
"""


def write(facts: Facts) -> str:
    """The text of the client."""
    return _TEMPLATE.format(
        heading=heading(facts, "//", FILE, _START, _TRUST),
        uri=quoting.go(facts.uri),
        body=quoting.go(facts.body),
        authorization=_authorization(facts),
    )


def _authorization(facts: Facts) -> str:
    if not facts.secured:
        return ""
    if facts.secret is not None:
        return f'\trequest.Header.Set("Authorization", "Bearer "+{quoting.go(facts.secret)})\n'
    return (
        f'\tkey := os.Getenv("{VARIABLE}")\n'
        '\tif key == "" {\n'
        f'\t\tfail(fmt.Errorf("set {VARIABLE} first"))\n'
        "\t}\n"
        '\trequest.Header.Set("Authorization", "Bearer "+key)\n'
    )
