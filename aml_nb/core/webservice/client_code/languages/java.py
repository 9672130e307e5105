"""A client in Java 11 and newer, which runs a file of source as it is."""

from __future__ import annotations

from aml_nb.core.webservice.client_code import quoting
from aml_nb.core.webservice.client_code.facts import CERTIFICATE, VARIABLE, Facts, heading

FILE = "Client.java"
_START = ("java Client.java",)
_TRUST = (
    f"keytool -importcert -noprompt -file {CERTIFICATE} -keystore trust.p12 -storepass changeit",
    "export JDK_JAVA_OPTIONS='-Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit'",
)

_TEMPLATE = """\
{heading}
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

public class Client {{
    private static final String URL = {uri};
    private static final String BODY = {body};

    public static void main(String[] args) throws Exception {{
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(URL))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(BODY));
{authorization}
        HttpResponse<String> response =
            HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {{
            System.err.println("HTTP " + response.statusCode() + ": " + response.body());
            System.exit(1);
        }}
        System.out.println(response.body());
    }}
}}
"""


def write(facts: Facts) -> str:
    """The text of the client."""
    return _TEMPLATE.format(
        heading=heading(facts, "//", FILE, _START, _TRUST),
        uri=quoting.java(facts.uri),
        body=quoting.java(facts.body),
        authorization=_authorization(facts),
    )


def _authorization(facts: Facts) -> str:
    if not facts.secured:
        return ""
    if facts.secret is not None:
        return f'        request.header("Authorization", "Bearer " + {quoting.java(facts.secret)});\n'
    return (
        f'        String key = System.getenv("{VARIABLE}");\n'
        "        if (key == null || key.isEmpty()) {\n"
        f'            System.err.println("set {VARIABLE} first");\n'
        "            System.exit(1);\n"
        "        }\n"
        '        request.header("Authorization", "Bearer " + key);\n'
    )
