"""Services as processes of this machine: a detached supervisor holds the socket and the workers."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import ClassVar

from aml_nb.engines import collecting, fronted, snapshot
from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import Change, Engine, Feature, ServiceSpec, ServiceStatus, Usage
from aml_nb.engines.folder import Keys, ServiceFolder, sweep
from aml_nb.engines.tail import tail
from aml_nb.engines.usage import supervised_usage
from aml_nb.scoring.config import LOG_FILE, SERVICE_FILE, ServerConfig

# A worker's lines pass through its supervisor; who reads the log right after an answer wants that request's line.
_ON_THEIR_WAY_S = 0.03


class ProcessEngine(Engine):
    """Runs each service under a supervisor of its own."""

    name: ClassVar[str] = "process"
    features: ClassVar[frozenset[Feature]] = frozenset(
        {Feature.REPLICAS, Feature.AUTOSCALE, Feature.ROLLING_UPDATE, Feature.SOURCE_RELOAD}
    )

    def start(self, spec: ServiceSpec, keys: Keys) -> None:
        folder = self.folder(spec.handle)
        try:
            self._stage(folder, spec, keys)
        except BaseException:
            shutil.rmtree(folder.staging, ignore_errors=True)
            raise
        if folder.exists():
            fronted.end(folder)
            supervised.end(folder)
        folder.adopt_staging()
        supervised.spawn(folder)
        fronted.stand(folder, spec, supervised.status(folder))
        sweep(self._root)

    def update(self, spec: ServiceSpec, change: Change = Change.EVERYTHING) -> None:
        folder = self.folder(spec.handle)
        if not folder.exists():
            self.start(spec, folder.keys(spec.keys_revision) or Keys.make())  # its deployment was interrupted
            return
        before, status = ServerConfig.read(folder.service_file), supervised.status(folder)
        root = self._serving_root(folder, before, status)
        if change is not Change.SETTINGS:
            root = self._revise(folder, spec, root if change is Change.SOURCE else None)
        port = self._port(folder, spec.port, before, status)
        config = self._config(folder, replace(spec, port=port), root)
        folder.say(f"Submitting revision {spec.revision} to compute.")
        folder.remember_root(spec.revision, root.name)
        with fronted.announced(folder, spec, status.revision):
            config.write(folder.service_file)
            if not supervised.signal(folder, signal.SIGHUP):
                supervised.spawn(folder)
            status = supervised.status(folder)
            fronted.follow(folder, status)
        if status.serving:  # while none serves, the sources of any revision may be needed
            self._forget_revisions(folder, {root.name, Path(before.app_root).name})

    def status(self, handle: str) -> ServiceStatus:
        folder = self.folder(handle)
        return fronted.seen(folder, supervised.status(folder))

    def logs(self, handle: str, lines: int) -> str:
        path = self.folder(handle).path
        time.sleep(_ON_THEIR_WAY_S)
        return tail(path / LOG_FILE, lines) or tail(path / supervised.OUTPUT_FILE, lines)

    def usage(self, handle: str) -> Usage | None:
        return supervised_usage(self.folder(handle))

    def stop(self, handle: str) -> None:
        folder = self.folder(handle)
        fronted.end(folder)
        supervised.end(folder)
        folder.discard()
        sweep(self._root)

    def rekey(self, handle: str, keys: Mapping[int, Keys]) -> None:
        folder = self.folder(handle)
        for revision, theirs in keys.items():
            folder.write_keys(theirs, revision=revision)
        supervised.signal(folder, signal.SIGHUP)

    def remind(self, handle: str) -> None:
        supervised.remind(self.folder(handle))

    def _stage(self, folder: ServiceFolder, spec: ServiceSpec, keys: Keys) -> None:
        shutil.rmtree(folder.staging, ignore_errors=True)
        os.makedirs(folder.staging, mode=0o700)
        folder.say("Generating deployment configuration.", folder.staging)
        fronted.prepare(folder, spec)
        for sentence in self.missing(spec):
            folder.say(sentence, folder.staging)
        revision = str(spec.revision)
        snapshot.take(spec, folder.staging / "revisions" / revision, self._fetch, self._avoid())
        folder.write_keys(keys, folder.staging, spec.keys_revision)
        folder.remember_root(spec.revision, revision, folder.staging)
        supervised.link_package(folder.staging)
        self._config(folder, spec, folder.revisions / revision).write(folder.staging / SERVICE_FILE)
        folder.say("Submitting deployment to compute.", folder.staging)

    def _revise(self, folder: ServiceFolder, spec: ServiceSpec, before: Path | None) -> Path:
        """Lay out a new revision beside the old ones; its models are those of ``before`` where given."""
        root = folder.revisions / str(spec.revision)
        staged = folder.revisions / f".{spec.revision}"
        for path in (staged, root):
            shutil.rmtree(path, ignore_errors=True)
        try:
            snapshot.take(spec, staged, self._fetch, self._avoid(), before)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        os.rename(staged, root)
        return root

    def _config(self, folder: ServiceFolder, spec: ServiceSpec, root: Path) -> ServerConfig:
        where = snapshot.layout(spec, root)
        return ServerConfig(
            name=spec.name,
            revision=spec.revision,
            app_root=str(root),
            entry_script=where.entry_script,
            source_directory=where.source_directory,
            model_dir=where.model_dir,
            python=spec.python,
            environment_variables=dict(spec.environment_variables),
            port=spec.port,
            worker_count=spec.replicas * spec.concurrency,
            replica_workers=spec.concurrency,
            scaling=spec.scaling,
            probe=None if spec.probe is None else asdict(spec.probe),
            scoring_path=spec.scoring_path,
            auth=spec.auth,
            keys_file=str(folder.keys_path(spec.keys_revision)),
            scoring_timeout_ms=spec.scoring_timeout_ms,
            max_queue_wait_ms=spec.max_queue_wait_ms,
            cors_origins=spec.cors_origins,
            app_insights=spec.app_insights,
            insights=str(collecting.insights_folder(self._root, spec.handle)),
            model_data=str(collecting.model_data_folder(self._root)),
            collect_model_data=spec.collect_model_data,
            scope=self.scope,
        )

    def _avoid(self) -> Path:
        """The workspace that holds this service must not be copied into it."""
        return self._root.parent

    def _serving_root(self, folder: ServiceFolder, newest: ServerConfig, status: ServiceStatus) -> Path:
        """The sources of the newest revision, or of the one before where the newest did not start."""
        failed = status.error is not None and status.error.revision == newest.revision
        name = folder.roots().get(status.revision) if failed and status.serving else None
        return folder.revisions / name if name else Path(newest.app_root)

    def _port(
        self, folder: ServiceFolder, wanted: int | None, before: ServerConfig, status: ServiceStatus
    ) -> int | None:
        """The port for an update: a service that took a free one keeps it, also when it has to start again."""
        if folder.alive():
            return before.port if wanted in (None, status.port) else wanted
        return wanted or status.port or before.port

    def _forget_revisions(self, folder: ServiceFolder, keep: set[str]) -> None:
        """Drop the sources of revisions that serve no more."""
        roots = folder.roots()
        serving = supervised.serving_revisions(folder)
        keep = keep | {roots[revision] for revision in serving if revision in roots}
        for name in set(os.listdir(folder.revisions)) - keep:
            shutil.rmtree(folder.revisions / name, ignore_errors=True)
