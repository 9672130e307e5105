"""The keys that open a web service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.store.errors import readable_files
from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException
from aml_nb.scoring.auth import make_key

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import Engine
    from aml_nb.engines.folder import Keys

_KEYS = {"primary": "primary", "secondary": "secondary"}


class KeyAccess:
    """What a web service with keys can do."""

    workspace: Workspace
    name: str
    _record: services.Payload
    _credential: str | None

    def get_keys(self) -> tuple[str, str]:
        """The keys that open the service now: primary and secondary."""
        keys = self._keys()
        return keys.primary, keys.secondary

    def regen_key(self, key: str, set_key: str | None = None) -> None:
        """Replace a key; the running service takes it at once, and a version that is under way has it too.

        Parameters
        ----------
        key : ``Primary`` or ``Secondary``.
        set_key : the new key; a random one when None.

        Raises
        ------
        WebserviceException
            ``key`` names no key.
        """
        which = _KEYS.get(str(key).lower())
        if which is None:
            raise WebserviceException(
                f"Invalid key, must be either 'Primary' or 'Secondary': {key!r} is neither.",
                hint="service.regen_key('Primary')",
            )
        engine = services.engine_of(self.workspace, self._record)
        handle = self._record["handle"]
        with readable_files(self.workspace._folder), engine.exclusive(handle):
            record, new = self._in_force(held=True), set_key or make_key()
            # That of a version under way first: cut short between the two, no old key comes back with it.
            brought = dict.fromkeys((services.keys_revision(services.awaited(record)), services.keys_revision(record)))
            keys = {revision: replace(self._brought(engine, revision), **{which: new}) for revision in brought}
            self._rekey(engine, keys)
            engine.folder(handle).forget_keys(but=keys)
        self._credential = None

    def _rekey(self, engine: Engine, keys: Mapping[int, Keys]) -> None:
        if endpoint := self._record.get("endpoint"):
            raise WebserviceException(
                f"Error, {self.name} has the keys of its endpoint.",
                hint=f"Webservice(ws, {endpoint!r}).regen_key('Primary')",
            )
        engine.rekey(self._record["handle"], keys)

    def _keys(self) -> Keys:
        """What opens the service now: not what a version brings that has not taken over."""
        return self._brought(services.engine_of(self.workspace, self._record), services.keys_revision(self._in_force()))

    def _in_force(self, held: bool = False) -> services.Payload:
        """The record of this moment; an update that brings other keys is looked after."""
        record = services.records(self.workspace).get(self._record["handle"]) or self._record
        if "keysRevision" in (record.get("pending") or {}).get("changes", {}):
            record, _ = services.settle(self.workspace, record, held)
        return record

    def _brought(self, engine: Engine, revision: int) -> Keys:
        keys = engine.folder(self._record["handle"]).keys(revision)
        if keys is None:
            raise WebserviceException(
                f"The keys of the web service {self.name!r} are not there: it was deleted or never set up.",
                hint=f"Webservice(ws, {self.name!r})",
            )
        return keys

    def get_token(self) -> Any:
        """A token for the service, where it takes tokens."""
        raise NotImplementedError(f"{type(self).__name__} does not take tokens; use get_keys().")
