"""Services that are set up but not started: their sources are kept as they were when they were deployed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from aml_nb.engines import snapshot
from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.folder import Keys, ServiceFolder

_SOURCES = "held"


def hold(folder: ServiceFolder, spec: ServiceSpec, keys: Keys, avoid: Path) -> None:
    """Keep what ``spec`` needs of the user's files, and its keys, until the service may start.

    ``avoid`` is a folder not to copy even where the sources hold it.
    """
    shutil.rmtree(folder.staging, ignore_errors=True)
    os.makedirs(folder.staging, mode=0o700)
    try:
        folder.say("Generating deployment configuration.", folder.staging)
        folder.write_keys(keys, folder.staging, spec.keys_revision)
        if spec.image is None:  # one that is there has its sources inside
            snapshot.take_source(spec, folder.staging / _SOURCES, avoid)
        folder.adopt_staging()
    except BaseException:
        shutil.rmtree(folder.staging, ignore_errors=True)
        raise


def held_spec(folder: ServiceFolder, spec: ServiceSpec) -> ServiceSpec:
    """The specification with the sources that were kept in place of the user's, which may have changed since."""
    root = folder.path / _SOURCES
    if not root.is_dir():
        return spec
    where = snapshot.layout(spec, root)
    if where.source_directory is None:
        beside = tuple((place, str(root / place)) for place, _ in spec.beside)
        return replace(spec, entry_script=str(root / where.entry_script), beside=beside)
    return replace(spec, source_directory=str(root / where.source_directory))
