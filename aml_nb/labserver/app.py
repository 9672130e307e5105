"""The extension as jupyter_server loads it."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from traitlets import Int

from aml_nb.labserver.routes import table
from aml_nb.labserver.site import SETTING, Site


class AmlNbApp(ExtensionApp):
    """Serves the side panel of aml_nb."""

    name = "aml_nb"
    description = "The server side of aml_nb's side panel."

    threads = Int(8, min=1, config=True, help="How many looks at once; of what takes longer, twice as many.")

    def initialize_settings(self) -> None:
        """What every handler needs: threads, workspaces and the hub of events."""
        root = Path(self.serverapp.root_dir if self.serverapp is not None else ".").expanduser()
        self._site = Site(root, self.threads, self.log)
        self.settings[SETTING] = self._site

    def initialize_handlers(self) -> None:
        """All routes are of one table."""
        self.handlers.extend(table())

    async def stop_extension(self) -> None:
        """Watch nothing any more, and take nothing on."""
        await self._site.close()
