"""One conda requirement as name and PEP 440 specifier."""

from __future__ import annotations

import re

from aml_nb.errors import UserErrorException

_OPERATORS = ("==", ">=", "<=", "!=", "~=", ">", "<")


def translate(requirement: str) -> tuple[str, str]:
    """The name and the pip specifier of a conda requirement.

    >>> translate("conda-forge::numpy=1.16")
    ('numpy', '==1.16.*')
    >>> translate("pandas >=1.0,<2")
    ('pandas', '>=1.0,<2')
    """
    text = requirement.split("::")[-1].strip()
    found = re.match(r"([A-Za-z0-9_][A-Za-z0-9_.-]*?)\s*(\[.*\]|[=<>!~\s].*)?$", text)
    if not found:
        raise UserErrorException(
            f"{requirement!r} is no conda requirement.", hint="write it as scikit-learn=1.3 or scikit-learn>=1.3"
        )
    return found[1], ",".join(filter(None, map(_clause, _versions(found[2] or ""))))


def _versions(rest: str) -> list[str]:
    """The comma-separated version clauses; alternatives (``|``) cannot be said in PEP 440 and are left out."""
    rest = rest.strip()
    if rest.startswith("["):
        quoted = re.search(r"version\s*=\s*['\"]?([^'\"\]]+)", rest)
        rest = quoted[1] if quoted else ""
    return [] if "|" in rest else [part.strip() for part in rest.split(",")]


def _clause(text: str) -> str:
    for operator in _OPERATORS:
        if text.startswith(operator):
            version = re.split(r"[=\s]", text[len(operator) :].strip())[0]
            wild = version.endswith("*") and operator in ("==", "!=")
            return operator + (_wild(version) if wild else version.rstrip(".*"))
    if text.startswith("="):
        return "==" + _wild(re.split(r"[=\s]", text[1:].strip())[0])
    version = text.split()[0] if text else ""
    if version in ("", "*"):
        return ""
    return "==" + (_wild(version) if version.endswith("*") else version)


def _wild(version: str) -> str:
    bare = version.rstrip("*").rstrip(".")
    return f"{bare}.*"
