"""``%batch run --param``: arguments of the script, which are parameters of the pipeline."""

from __future__ import annotations

from pathlib import Path

from aml_nb.core.workspace import Workspace
from aml_nb.verbs import MAGIC, VERBS
from aml_nb.verbs.batch_run import make
from aml_nb.verbs.context import Context


def test_values_may_be_others_when_it_is_published(ws: Workspace) -> None:
    Path("data").mkdir()
    Path("data/1.txt").write_text("1")
    Path("score.py").write_text("def run(mini_batch):\n    return mini_batch\n")
    line = "run score.py --data data --param rate=0.5 --param fast --param tag=a --param tag=b"
    args = VERBS["batch"].parser(MAGIC).parse_args(line.split())
    graph = make(args, Context(MAGIC))._graph()
    assert {name: each.default for name, each in graph.parameters.items()} == {"rate": "0.5"}
    assert graph.nodes[0].arguments == ["--rate", {"parameter": "rate"}, "--fast", "--tag", "a", "--tag", "b"]
