"""What a client of a web service must know, whatever language it is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass

VARIABLE = "AML_SERVICE_KEY"
CERTIFICATE = "service.pem"


@dataclass(frozen=True)
class Facts:
    """One service as its callers see it.

    ``credential`` is ``none``, ``key`` or ``token``; ``secret`` the key or token where it is to stand in the
    text, which then everybody who reads the text has. ``body`` is an example of a request. ``alias`` is the host in
    ``uri`` where it is that of a certificate alone, and the service is on this machine.
    """

    name: str
    uri: str
    credential: str = "none"
    body: str = "{}"
    secret: str | None = None
    alias: str | None = None

    @property
    def secured(self) -> bool:
        """Whether callers prove who they are."""
        return self.credential != "none"

    @property
    def encrypted(self) -> bool:
        """Whether it speaks TLS."""
        return self.uri.startswith("https:")


def plain(text: str) -> str:
    """Text that ends no comment in any language: printable ASCII, without backslashes and comment marks."""
    return re.sub(r"[^ -~]|\\|\*/", "?", text)


def heading(facts: Facts, mark: str, file: str, start: tuple[str, ...], trust: tuple[str, ...]) -> str:
    """The comment at the top: what it calls, and what to type to start it.

    Parameters
    ----------
    facts : the service.
    mark : what begins a comment.
    file : the name to save it under.
    start : the commands that run the file.
    trust : the commands that let this language trust a certificate of one's own.
    """
    lines = [f"Calls the web service {facts.name}. Save this as {file}, then type:"]
    if facts.secured and facts.secret is None:
        lines.append(f"    export {VARIABLE}='...'    # {_where(facts)}")
    if facts.alias is not None:
        lines.append(
            f"    echo '127.0.0.1 {facts.alias}' | sudo tee -a /etc/hosts    # the certificate's name leads here"
        )
    if facts.encrypted:
        lines += ["    # if its certificate is one of your own making:", *(f"    {line}" for line in trust)]
    lines += [f"    {line}" for line in start]
    return "\n".join(f"{mark} {plain(line)}".rstrip() for line in lines)


def _where(facts: Facts) -> str:
    if facts.credential == "token":
        return f"a token: print(Webservice(ws, '{facts.name}').get_access_token().access_token)"
    return f"the key that this prints: aml-nb service keys {facts.name} --show"
