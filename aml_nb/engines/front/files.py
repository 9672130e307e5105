"""The files of a front: HAProxy's configuration, its certificate and what it was told last."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aml_nb.engines.base import Certificate
from aml_nb.engines.front import binary, render
from aml_nb.engines.front.config import FrontConfig, Server
from aml_nb.engines.front.errors import FrontError
from aml_nb.scoring.config import write_atomically

CONFIG, STATE = "front.cfg", "front.json"
_TRIED = ".front.cfg.try"


@dataclass(frozen=True)
class Standing:
    """What HAProxy was told last; ``lua`` where it runs what is said in that."""

    config: FrontConfig
    port: int
    slots: dict[str, tuple[Server | None, ...]] = field(default_factory=dict)
    lua: bool = False

    def to_dict(self) -> dict[str, Any]:
        names = {name: [server and server.name for server in slots] for name, slots in self.slots.items()}
        return {"config": self.config.to_dict(), "port": self.port, "slots": names, "lua": self.lua}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Standing:
        config = FrontConfig.from_dict(data["config"])
        servers = {backend.name: {server.name: server for server in backend.servers} for backend in config.backends}
        slots = {
            backend: tuple(servers[backend].get(name) if name else None for name in names)
            for backend, names in data["slots"].items()
        }
        return cls(config, int(data["port"]), slots, bool(data.get("lua")))

    def text(self, servers: bool = True) -> str:
        """HAProxy's configuration; without ``servers``, only what cannot change while it runs."""
        return render.render(self.config, self.port, self.slots, servers=servers, lua=self.lua)


class Files:
    """What is in a front's folder; nobody but the owner may read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def standing(self) -> Standing | None:
        """What HAProxy was told last; None where it was told nothing."""
        try:
            return Standing.from_dict(json.loads((self._folder / STATE).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, standing: Standing, program: str | None = None) -> None:
        """Put the files in place; ``program`` reads the configuration first.

        Raises
        ------
        FrontError : it refuses, or the certificate cannot be read. What was there before is there still.
        """
        text = standing.text().encode()
        if standing.lua:
            write_atomically(self._folder / render.LUA, render.lua(), 0o600, durable=False)
        before = self.pem()
        pem = pem_of(standing.config.certificate)
        if pem is not None and pem != before:
            self.put_pem(pem)
        if program is not None:
            try:
                write_atomically(self._folder / _TRIED, text, 0o600, durable=False)
                binary.check(program, self._folder, _TRIED)
            except FrontError:
                if before is not None and pem != before:
                    self.put_pem(before)
                raise
            finally:
                with suppress(OSError):
                    os.unlink(self._folder / _TRIED)
        write_atomically(self._folder / CONFIG, text, 0o600, durable=False)
        data = json.dumps(standing.to_dict(), indent=2).encode()
        write_atomically(self._folder / STATE, data, 0o600, durable=False)
        if pem is None:  # a key that is not in use any more
            (self._folder / render.PEM).unlink(missing_ok=True)

    def pem(self) -> bytes | None:
        """The certificate and key that HAProxy has; None where it speaks no TLS."""
        standing = self.standing()
        if standing is None or standing.config.certificate is None:
            return None
        try:
            return (self._folder / render.PEM).read_bytes()
        except OSError:
            return None

    def put_pem(self, pem: bytes) -> None:
        write_atomically(self._folder / render.PEM, pem, 0o600)

    def remove(self) -> None:
        """Take away all of them."""
        for name in (CONFIG, _TRIED, STATE, render.PEM, render.LUA):
            with suppress(OSError):
                os.unlink(self._folder / name)


def pem_of(certificate: Certificate | None) -> bytes | None:
    """The user's certificate and key as HAProxy wants them. Raises ``FrontError`` where they cannot be read."""
    if certificate is None:
        return None
    parts = []
    for path in (certificate.certificate, certificate.key):
        try:
            parts.append(Path(path).read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise FrontError(f"The certificate cannot be read: {error}", reason="certificate") from None
    return render.pem(parts)
