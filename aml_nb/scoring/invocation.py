"""An entry script at work: what its requests are answered with, and what the log says when they fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aml_nb.scoring import flask_context
from aml_nb.scoring.batching import Merging
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.encode import encode
from aml_nb.scoring.entry_script import EntryScript
from aml_nb.scoring.http import message_body
from aml_nb.scoring.insights import Insights
from aml_nb.scoring.request import Reply, Request
from aml_nb.scoring.script_errors import Interruption, ResultError, RunError, ScoringError
from aml_nb.scoring.telemetry import WorkerLog, lend_logger

_WHOLE = "return whole results, or leave @merge_requests out"


class Invocation:
    """One worker's entry script. Every request gets a reply, whatever the script does."""

    def __init__(self, script: EntryScript, config: ServerConfig, log: WorkerLog) -> None:
        self.script = script
        self._invoke = script.invoke
        self._config = config
        self._log = log
        self.insights: Insights | None = None
        self._swagger: dict[str, Reply] = {}
        self.methods = tuple(sorted(script.methods))

    @classmethod
    def load(cls, config: ServerConfig, log: WorkerLog) -> Invocation:
        """Import the script that ``config`` names and check its ``init()`` and ``run()``."""
        root = Path(config.app_root)
        folder = str(root / config.source_directory) if config.source_directory else None
        script = EntryScript.load(str(root / config.entry_script), folder)
        lend_logger(log)
        log.add("I", f"Found user script at {script.path}")
        log.add("I", script.description())
        log.flush()
        return cls(script, config, log)

    def init(self) -> None:
        """Call the script's ``init()``."""
        self._log.add("I", "Invoking user's init function")
        self._log.flush()
        self.script.init()
        if flask_context.used_by(self.script.path):
            self._invoke = flask_context.around(self._invoke)
        self._log.add("I", "Users's init has completed successfully")
        self._log.flush()

    @property
    def merging(self) -> Merging | None:
        """How many requests one call may get; None where each has a call of its own. ``init()`` may decide it."""
        merged = self.script.merged
        return merged.limits if merged is not None and merged.limits.max_requests > 1 else None

    def reply(self, request: Request) -> Reply:
        """What the script's ``run()`` returned, or what its failure is answered with."""
        try:
            return encode(self._invoke(request))
        except Interruption:
            raise
        except BaseException as error:  # ScoringError, or from code of the script's that runs when its result is read
            return self._failed(error)

    def replies(self, requests: Sequence[Request]) -> list[Reply] | None:
        """A reply to each request, from one call of ``run()``; None where each has to be scored by itself."""
        merged = self.script.merged
        if merged is None:
            return None
        try:
            results = merged.all(requests)
        except ScoringError as error:
            self._log.add("W", f"{error.message}; its {len(requests)} requests are scored one by one.")
            return None
        return [self._of_many(result) for result in results]

    def _of_many(self, result: Any) -> Reply:
        """What one of several results is answered with."""
        if isinstance(result, BaseException):
            return self._failed(result)
        try:
            reply = encode(result)
        except Interruption:
            raise
        except BaseException as error:
            return self._failed(error)
        if isinstance(reply.body, bytes):
            return reply
        return self._failed(ResultError("run() is decorated with @merge_requests, and returned a stream", hint=_WHOLE))

    def _failed(self, error: BaseException) -> Reply:
        failure = error if isinstance(error, ScoringError) else RunError.wrap(error, self.script.roots)
        self._tell(failure)
        return failure.reply()

    def _tell(self, error: ScoringError) -> None:
        if error.status < 500:
            self._log.add("W", error.message)
            return
        if self.insights is not None:
            self.insights.exception(error)
        parts = [f"Encountered Exception: {error.message}"]
        if error.source is not None:
            parts.append(str(error.source))
        if error.traceback:
            parts.append(error.traceback.rstrip())
        if error.hint:
            parts.append(f"Try: {error.hint}")
        self._log.add("E", "\n".join(parts))
        self._log.flush()  # whoever reads the answer looks at the log next

    def swagger(self, query: str) -> Reply:
        """The description of the service, in the version that ``query`` asks for; made once."""
        if query not in self._swagger:
            from aml_nb.scoring import swagger

            if len(self._swagger) > 32:
                self._swagger.clear()
            try:
                self._swagger[query] = swagger.reply(self.script, self._config, query)
            except Exception as error:
                self._log.add("E", f"No description of the service could be made: {type(error).__name__}: {error}")
                return Reply(500, message_body("The description of the service could not be made; see the log."))
        return self._swagger[query]
