"""The folder of a step's script, before anything is done with it."""

from __future__ import annotations

import difflib
import os

from aml_nb.core.pipelines.errors import PipelineError


def check_script(step: str, folder: str, script: str | None) -> None:
    """PipelineError unless the folder is there, with the script in it.

    Parameters
    ----------
    step : its name.
    folder, script : where the script has to be; without a script the folder alone is looked at.
    """
    if not os.path.isdir(folder):
        what = "is a file" if os.path.exists(folder) else "is not there"
        raise PipelineError(
            f"Step [{step}]: the source directory {folder} {what}.", hint="source_directory='./scripts'"
        )
    if script and not os.path.isfile(os.path.join(folder, script)):
        raise PipelineError(
            f"Step [{step}]: script not found at: {os.path.join(folder, script)}. Make sure to specify "
            "an appropriate source_directory on the Step or default_source_directory on the Pipeline.",
            hint=_near(folder, script),
        )


def _near(folder: str, script: str) -> str:
    scripts = [name for name in sorted(os.listdir(folder)) if name.endswith(".py")]
    near = difflib.get_close_matches(os.path.basename(script), scripts, n=3) or scripts[:5]
    return f"script_name={near[0]!r}" if near else "check source_directory and script_name"
