"""The system's keyring, asked from a process of its own: a keyring that is locked may wait for a person for ever.

``python -m aml_nb.core.keyvault_ring`` reads ``{"do": "get" | "set", ...}`` from its input and answers in JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from aml_nb.errors import StoreError

SERVICE, NAME = "aml_nb", "keyvault key"
SECONDS = 10.0
_HINT = "unlock the keyring (log in to the desktop), or export AML_NB_KEYVAULT=file"

_known: dict[str, str] = {}


def get() -> str | None:
    """What the keyring keeps for us; asked once a process.

    Raises
    ------
    StoreError
        There is no keyring, it is locked, or it does not answer in time.
    """
    if NAME not in _known:
        value = _ask({"do": "get"})
        if value is None:
            return None
        _known[NAME] = value
    return _known[NAME]


def set(value: str) -> None:
    """Let the keyring keep it.

    Raises
    ------
    StoreError
        There is no keyring, it is locked, or it does not answer in time.
    """
    _ask({"do": "set", "value": value})
    _known.pop(NAME, None)


def _ask(question: dict[str, str]) -> Any:
    # A session of its own: no backend can ask for a password on the terminal of whoever called.
    command = [sys.executable, "-m", "aml_nb.core.keyvault_ring"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(json.dumps(question), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise StoreError(
                f"The system's keyring did not answer in {SECONDS:g} seconds; it is probably locked.", hint=_HINT
            ) from None
        except BaseException:
            process.kill()
            raise
    try:
        answer = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        last = (err.strip().splitlines() or [f"it ended with {process.returncode}"])[-1]
        raise StoreError(f"The system's keyring cannot be asked: {last}", hint=_HINT) from None
    if answer.get("error"):
        raise StoreError(answer["error"], hint=answer.get("hint") or _HINT)
    return answer.get("value")


def _main() -> None:
    """Answer one question."""
    print(json.dumps(_answer(json.loads(sys.stdin.read()))))


def _answer(question: dict[str, str]) -> dict[str, Any]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return {"error": "AML_NB_KEYVAULT=keyring needs the package keyring.", "hint": "pip install keyring"}
    try:
        if question["do"] == "set":
            keyring.set_password(SERVICE, NAME, question["value"])
            return {"value": None}
        return {"value": keyring.get_password(SERVICE, NAME)}
    except KeyringError as error:
        return {"error": f"The system's keyring refused: {type(error).__name__}: {error}"}
    except Exception as error:  # a back end of the keyring raises what it likes, and the caller must have an answer
        return {"error": f"The system's keyring failed: {type(error).__name__}: {error}"}


if __name__ == "__main__":
    _main()
