"""Labelled failures: each file in ``cases/`` has facts, the script and the log of one, and the cause to be named.

``cause: none`` is a service with which nothing is wrong. Without a ``code`` the service runs, and a request is what
may have failed; with ``framework`` it has no script of the user's. ``says`` is a text that has to be in the fix or
in the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from time import mktime, strptime

from aml_nb.core.diagnosis import Diagnosis
from aml_nb.core.diagnosis import log as logs
from aml_nb.core.diagnosis.diagnosing import explain
from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.diagnosis.gathering import with_error, with_request
from aml_nb.engines.base import ModelFiles, ServiceError, ServiceSpec
from aml_nb.scoring.no_code import script_path

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
_ROOT = "/home/u/aml/services/iris/revisions/1"
_NOW = float(mktime(strptime("2021-03-04 10:05", "%Y-%m-%d %H:%M")))


@dataclass(frozen=True)
class Case:
    """One labelled failure."""

    headers: dict[str, str]
    script: str
    log: str

    @classmethod
    def read(cls, path: Path) -> Case:
        head, _, log = path.read_text().partition("--- log\n")
        head, _, script = head.partition("--- script\n")
        return cls(dict(line.split(": ", 1) for line in head.splitlines()), script, log)

    def diagnosis(self, folder: Path) -> Diagnosis | None:
        """What is found, with the files of the case below ``folder``."""
        root, project = folder / "services" / "iris" / "revisions" / "1", folder / "project"
        for place in (root, project):
            place.mkdir(parents=True)
            (place / "score.py").write_text(self.script)
        if "beside" in self.headers:
            (project / self.headers["beside"]).write_text("# mine")
        facts = Facts(
            "iris",
            self._spec(project),
            self.headers.get("engine", "process"),
            root=root,
            environment=self._environment(),
            rebooted="rebooted" in self.headers,
            log=self.log.replace(_ROOT, str(root)),
        )
        if "code" in self.headers:
            return explain(with_error(facts, self._error(facts.log), _NOW))
        found = with_request(facts, int(self.headers.get("revision", 1)), _NOW)
        return None if found is None else explain(found)

    def _environment(self) -> tuple[str, ...] | None:
        return tuple(self.headers["environment"].split(", ")) if "environment" in self.headers else None

    def _spec(self, project: Path) -> ServiceSpec:
        models = [path.split("/", 2) for path in self.headers.get("models", "").split(", ") if path]
        framework = self.headers.get("framework")
        script = str(project / "score.py") if framework is None else script_path(framework)
        return ServiceSpec(
            "iris", "iris", self.headers.get("kind", "ACI"), script, "python",
            models=tuple(ModelFiles(name, version, ((path, "0" * 64),)) for name, version, path in models),
            auth=self.headers.get("auth", "none"),
        )  # fmt: skip

    def _error(self, log: str) -> ServiceError:
        """What the supervisor would have told: the worker's own words, or how the worker ended."""
        code, ended = self.headers["code"], self.headers.get("exit")
        said = [entry.text for entry in logs.entries(log) if entry.level == "E" and entry.writer == "azmlinfsrv"]
        message, trace = self.headers.get("message", "").replace("\\n", "\n"), ""
        if not message and said:
            message, _, trace = said[-1].partition("\nTraceback")
            trace = f"Traceback{trace}" if trace else message.partition("\n")[2]
        elif not message:
            message = re.findall(r"is gone: (.*)", log)[-1]
        place = re.match(r"(\S+), line (\d+): ", message)
        return ServiceError(
            code, message, place[1] if place else None, int(place[2]) if place else None, trace or None,
            int(ended) if ended else None, 1,
        )  # fmt: skip
