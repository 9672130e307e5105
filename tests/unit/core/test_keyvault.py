"""Secrets: encrypted where they lie, whole whoever writes, and told in words where the key or the file is not right."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aml_nb.core import keyvault_key, keyvault_ring
from aml_nb.core.keyvault import Keyvault
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError, UserErrorException

BACKENDS = """
    import json, os, pathlib, time
    from keyring import backend, errors

    class Working(backend.KeyringBackend):
        priority = 1
        file = pathlib.Path(os.environ["TEST_RING"])
        def get_password(self, service, name):
            return json.loads(self.file.read_text())[service + name] if self.file.exists() else None
        def set_password(self, service, name, value):
            self.file.write_text(json.dumps({service + name: value}))

    class Hanging(Working):
        def get_password(self, service, name):
            time.sleep(600)

    class Asking(Working):
        def get_password(self, service, name):
            import getpass
            return getpass.getpass("password of the keyring: ")

    class Locked(Working):
        def get_password(self, service, name):
            raise errors.KeyringLocked("the collection is locked")
"""


@pytest.fixture
def vault(ws: Workspace) -> Keyvault:
    return ws.get_default_keyvault()


@pytest.fixture
def kept(ws: Workspace) -> Path:
    return ws._folder / "keyvault.json"


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require: Callable[[str], None]) -> Path:
    """A system's keyring that works; ``choose`` takes another."""
    require("keyring")
    (tmp_path / "backends_of_tests.py").write_text(textwrap.dedent(BACKENDS))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TEST_RING", str(tmp_path / "ring.json"))
    monkeypatch.setenv("AML_NB_KEYVAULT", "keyring")
    monkeypatch.setattr(keyvault_ring, "_known", {})
    choose(monkeypatch, "Working")
    return tmp_path / "ring.json"


def choose(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"backends_of_tests.{backend}")
    keyvault_ring._known.clear()


def test_nothing_of_a_value_is_in_the_workspace(vault: Keyvault, ws: Workspace, home: Path) -> None:
    vault.set_secret("password", "correct horse battery", content_type="text/plain")
    assert vault.get_secret("password") == "correct horse battery"
    files = [path for path in ws._folder.rglob("*") if path.is_file()]
    assert files and not [path for path in files if b"correct horse" in path.read_bytes()]
    key = keyvault_key.path()
    assert key == home / "keyvault.key" and stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not [path for path in files if key.read_bytes().strip() in path.read_bytes()]


def test_the_key_is_where_it_is_said_to_be(
    vault: Keyvault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("AML_NB_KEYVAULT_KEY", str(tmp_path / "own" / "key"))
    vault.set_secret("a", "1")
    assert (tmp_path / "own" / "key").exists() and not (home / "keyvault.key").exists()
    monkeypatch.delenv("AML_NB_KEYVAULT_KEY")
    monkeypatch.delenv("AML_NB_HOME")
    assert keyvault_key.path().name == "keyvault.key" and "aml_nb" in keyvault_key.path().parts


def test_a_plain_file_is_encrypted_when_it_is_looked_at(vault: Keyvault, kept: Path) -> None:
    kept.write_text(json.dumps({"version": {"value": "old horse", "content_type": "t"}}))
    assert vault.get_secret("version") == "old horse" and vault.get_secret_content_type("version") == "t"
    assert "old horse" not in kept.read_text() and stat.S_IMODE(kept.stat().st_mode) == 0o600
    vault.set_secret("b", "2")
    assert vault.get_secrets(["version", "b"]) == {"version": "old horse", "b": "2"}


def test_a_plain_file_is_read_where_it_cannot_be_encrypted(
    vault: Keyvault, kept: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AML_NB_KEYVAULT_KEY", str(tmp_path / "file" / "key"))
    kept.write_text(json.dumps({"a": {"value": "1", "content_type": "t"}}))
    assert vault.get_secret("a") == "1"
    with pytest.raises(StoreError, match="The key to the secrets .* cannot be read"):
        vault.set_secret("b", "2")
    assert vault.get_secret("a") == "1"


def test_a_missing_key_is_told_and_no_other_is_made(vault: Keyvault, home: Path) -> None:
    vault.set_secrets({"a": "1", "b": "2"})
    key = (home / "keyvault.key").read_text()
    (home / "keyvault.key").unlink()
    for call in (lambda: vault.get_secret("a"), lambda: vault.set_secret("c", "3")):
        with pytest.raises(StoreError, match="The key to the secrets of this workspace is missing") as told:
            call()
        assert "from a backup" in str(told.value.hint) and not (home / "keyvault.key").exists()
    assert [entry["name"] for entry in vault.list_secrets()] == ["a", "b"]
    vault.delete_secret("b")
    (home / "keyvault.key").write_text(key)
    assert vault.get_secret("a") == "1" and len(vault.list_secrets()) == 1


def test_another_key_is_told(vault: Keyvault, home: Path) -> None:
    vault.set_secret("a", "1")
    (home / "keyvault.key").unlink()
    keyvault_key.find_or_make(keyvault_key.FILE)
    with pytest.raises(StoreError, match="under another key"):
        vault.get_secret("a")
    vault.delete_secret("a")
    vault.set_secret("a", "2")
    assert vault.get_secret("a") == "2"


@pytest.mark.parametrize("text", ["", "short", "é" * 44, "not base 64 at all!!!"])
def test_a_damaged_key_is_told(vault: Keyvault, home: Path, text: str) -> None:
    (home / "keyvault.key").write_text(text)
    with pytest.raises(StoreError, match=r"is damaged|cannot be read"):
        vault.set_secret("a", "1")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"version": 3, "secrets": {}}', '{"version": 2}'])
def test_a_damaged_file_is_told(vault: Keyvault, kept: Path, text: str) -> None:
    kept.write_text(text)
    for call in (lambda: vault.get_secret("a"), lambda: vault.set_secret("a", "1"), vault.list_secrets):
        with pytest.raises(StoreError, match=r"keyvault.json is damaged"):
            call()
    assert kept.read_text() == text


def test_values_that_were_tampered_with_are_told(vault: Keyvault, kept: Path) -> None:
    vault.set_secrets({"a": "1", "b": "2"})
    data = json.loads(kept.read_text())
    data["secrets"]["a"] = data["secrets"]["b"]
    data["secrets"]["c"] = {"content_type": "t", "token": data["secrets"]["b"]["token"][:-8] + "AAAAAAA="}
    kept.write_text(json.dumps(data))
    assert vault.get_secret("b") == "2"
    with pytest.raises(StoreError, match="what stands under a is another secret"):
        vault.get_secret("a")
    with pytest.raises(StoreError, match="c cannot be decrypted"):
        vault.get_secret("c")


def test_processes_that_write_at_once_lose_nothing(vault: Keyvault, ws: Workspace) -> None:
    code = (
        "import pathlib, sys\nfrom aml_nb.core.keyvault_file import Secret, Vault\n"
        "for n in range(8):\n"
        "    name = f'{sys.argv[2]}-{n}'\n"
        "    Vault(pathlib.Path(sys.argv[1])).put({name: Secret(name * 9, 't')})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(ws._folder), str(n)]) for n in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    names = [f"{writer}-{n}" for writer in range(3) for n in range(8)]
    assert vault.get_secrets(names) == {name: name * 9 for name in names}


def test_the_key_is_in_the_keyring(vault: Keyvault, ring: Path, home: Path, kept: Path) -> None:
    vault.set_secret("a", "1")
    assert vault.get_secret("a") == "1" and ring.exists() and not (home / "keyvault.key").exists()
    assert json.loads(kept.read_text())["key"]["in"] == "keyring"


def test_the_choice_may_change(vault: Keyvault, ring: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.set_secret("a", "1")
    monkeypatch.setenv("AML_NB_KEYVAULT", "file")
    assert vault.get_secret("a") == "1"
    vault.set_secret("b", "2")
    ring.unlink()
    keyvault_ring._known.clear()
    assert vault.get_secrets(["a", "b"]) == {"a": "1", "b": "2"} and (home / "keyvault.key").exists()
    monkeypatch.setenv("AML_NB_KEYVAULT", "vault")
    with pytest.raises(UserErrorException, match="is file or keyring"):
        vault.set_secret("c", "3")


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("Locked", "refused: KeyringLocked: the collection is locked"),
        ("Asking", "keyring failed|refused|cannot be asked"),
    ],
)
def test_a_keyring_that_refuses_is_told(
    vault: Keyvault, ring: Path, monkeypatch: pytest.MonkeyPatch, backend: str, told: str
) -> None:
    choose(monkeypatch, backend)
    with pytest.raises(StoreError, match=told) as refused:
        vault.set_secret("a", "1")
    assert "AML_NB_KEYVAULT=file" in str(refused.value.hint)


def test_a_machine_without_a_keyring_is_told(
    vault: Keyvault, ring: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with pytest.raises(StoreError, match="The system's keyring refused: NoKeyringError"):
        vault.set_secret("a", "1")
    (tmp_path / "keyring.py").write_text("raise ImportError('not installed')\n")
    with pytest.raises(StoreError, match="needs the package keyring") as told:
        vault.set_secret("a", "1")
    assert told.value.hint == "pip install keyring"


def test_a_keyring_that_waits_for_a_person_is_not_waited_for(
    vault: Keyvault, ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, "Hanging")
    monkeypatch.setattr(keyvault_ring, "SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(StoreError, match="did not answer in 0.5 seconds; it is probably locked"):
        vault.set_secret("a", "1")
    assert time.monotonic() - began < 5
