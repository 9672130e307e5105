"""A client in C#, for .NET and for Mono."""

from __future__ import annotations

from aml_nb.core.webservice.client_code import quoting
from aml_nb.core.webservice.client_code.facts import CERTIFICATE, VARIABLE, Facts, heading

FILE = "Program.cs"
_START = (
    "dotnet run    # in a folder made by: dotnet new console",
    "mcs -r:System.Net.Http Program.cs && mono Program.exe    # with Mono",
)
_TRUST = (
    f"sudo cp {CERTIFICATE} /usr/local/share/ca-certificates/service.crt && sudo update-ca-certificates",
    "sudo cert-sync /etc/ssl/certs/ca-certificates.crt    # for Mono",
)

_TEMPLATE = """\
{heading}
using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

class Program
{{
    const string Url = {uri};
    const string Body = {body};

    static int Main()
    {{
        return Call().GetAwaiter().GetResult();
    }}

    static async Task<int> Call()
    {{
        using (var client = new HttpClient {{ Timeout = TimeSpan.FromSeconds(60) }})
        {{
{authorization}            var content = new StringContent(Body, Encoding.UTF8, "application/json");
            var response = await client.PostAsync(Url, content);
            var answer = await response.Content.ReadAsStringAsync();
            if ((int)response.StatusCode != 200)
            {{
                Console.Error.WriteLine("HTTP " + (int)response.StatusCode + ": " + answer);
                return 1;
            }}
            Console.WriteLine(answer);
            return 0;
        }}
    }}
}}
"""


def write(facts: Facts) -> str:
    """The text of the client."""
    return _TEMPLATE.format(
        heading=heading(facts, "//", FILE, _START, _TRUST),
        uri=quoting.csharp(facts.uri),
        body=quoting.csharp(facts.body),
        authorization=_authorization(facts),
    )


def _authorization(facts: Facts) -> str:
    header = "            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue"
    if not facts.secured:
        return ""
    if facts.secret is not None:
        return f'{header}("Bearer", {quoting.csharp(facts.secret)});\n'
    return (
        f'            var key = Environment.GetEnvironmentVariable("{VARIABLE}");\n'
        "            if (string.IsNullOrEmpty(key))\n"
        "            {\n"
        f'                Console.Error.WriteLine("set {VARIABLE} first");\n'
        "                return 1;\n"
        "            }\n"
        f'{header}("Bearer", key);\n'
    )
