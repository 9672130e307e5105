"""The verbs, each declared once: magics, the ``aml-nb`` command, completion and help all read them here.

A module of this package has one verb: ``declare(parser, surface)`` says what it takes, ``run(args, context)``
does it and returns an object to show. Only names and one-line summaries are here, so that listing the verbs
costs nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aml_nb.verbs.context import Context
    from aml_nb.verbs.parser import Parser

MAGIC, COMMAND = "magic", "command"


class Verb:
    """One verb: its name in Python, what it does in a line, where it exists.

    ``magic`` is ``line``, ``cell`` (the cell is what it is about), ``both`` (a cell may help) or None; ``bare``
    says that the cell needs no words beside it.
    """

    def __init__(
        self, name: str, summary: str, magic: str | None = "line", command: bool = True, bare: bool = False
    ) -> None:
        self.name, self.summary, self.magic, self.command, self.bare = name, summary, magic, command, bare

    @property
    def command_name(self) -> str:
        """``score_script`` is ``score-script`` in a terminal."""
        return self.name.replace("_", "-")

    def parser(self, surface: str) -> Parser:
        """Build its parser; everything that help, completion and parsing know is in it."""
        from aml_nb.verbs.parser import CommandParser, Parser

        module = import_module(f"aml_nb.verbs.{self.name}")
        in_cell = surface == MAGIC
        percent = "%%" if self.magic == "cell" else "%"
        kind: Callable[..., Parser] = Parser if in_cell else CommandParser
        parser = kind(
            prog=f"{percent}{self.name}" if in_cell else f"aml-nb {self.command_name}",
            description=f"{self.summary}.",
            epilog=getattr(module, "EXAMPLES", {}).get(surface),
        )
        module.declare(parser, surface)
        return parser

    def run(self, words: list[str], context: Context) -> Any:
        """Parse the words and do it; ``-h`` gives the help as the answer."""
        from aml_nb.display.text import Text
        from aml_nb.verbs.parser import HelpRequested

        try:
            args = self.parser(context.surface).parse_args(words)
        except HelpRequested as asked:
            return Text(str(asked))
        if context.surface == COMMAND:
            context.choose(args)
        function = getattr(args, "run", None) or import_module(f"aml_nb.verbs.{self.name}").run
        return function(args, context)


VERBS = {
    verb.name: verb
    for verb in (
        Verb("score_script", "Check an entry script, write it, try it", magic="cell"),
        Verb("register", "Register a file or a folder as a new version of a model"),
        Verb("models", "List the registered models"),
        Verb("environment", "Make, register, show or list environments", magic="cell"),
        Verb("experiment", "Choose, make, show or list experiments"),
        Verb("train", "Run a training script as a run of an experiment", magic="cell", bare=True),
        Verb("runs", "List, show, compare, stop runs; their metrics, logs, files and models"),
        Verb("batch_script", "Check the entry script of a batch, write it, try it", magic="cell"),
        Verb("batch", "Score a dataset by mini-batches; progress, rows, errors, going on with it"),
        Verb("pipeline", "Publish, run, schedule, show and draw pipelines"),
        Verb("dataset", "List, register, show and download datasets; look at what is in them"),
        Verb("datastore", "List, register and forget datastores; copy files in and out"),
        Verb("deploy", "Deploy models with an entry script as a web service"),
        Verb("service", "List, call, diagnose, change and delete web services", magic="both"),
        Verb("profile", "Measure how much CPU and memory a service needs", magic="both"),
        Verb("package", "Make a Docker image, or a Dockerfile with its context, of models and a script"),
        Verb("image", "List, make and remove the Docker images of environments and services"),
        Verb("compute", "List, make, change and delete compute targets"),
        Verb("aml", "Show or choose the workspace, the engine and the defaults"),
        Verb("workspace", "List, show, create workspaces and write their config.json", magic=None),
        Verb("up", "Start the control plane, which serves published pipelines and keeps schedules", magic=None),
        Verb("down", "End the control plane", magic=None),
        Verb("status", "Whether the control plane runs, where, and what it looks after", magic=None),
        Verb("serve", "Serve an entry script in the foreground", magic=None),
        Verb("azureml", "Let `import azureml` reach aml_nb in this Python environment", magic=None),
    )
}
